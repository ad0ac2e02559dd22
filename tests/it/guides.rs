//! The documentation says nothing that is not there: links lead somewhere, commands are the program's,
//! every page is in the book, and what a guide cannot have run by a test stands in its own table.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeSet;

use super::devstack;
use super::follower::{ANYWHERE, Follower, ON_THE_LAB};
use super::page::{self, Block, Page, Step, root};

/// What `scripts/dev/book` takes into the book.
const BOOK: [&str; 5] = [
    "docs",
    "examples",
    "scenarios",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
];

/// Every link of this repository leads to a file that is there, and to a heading of it.
#[test]
fn links_of_the_documentation_lead_somewhere() {
    let mut broken = Vec::new();
    for page in page::all() {
        for link in &page.links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            if let Err(why) = leads(&page, link) {
                broken.push(format!("{}: {link}: {why}", page.name()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn leads(page: &Page, link: &str) -> Result<(), &'static str> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        page.path.clone()
    } else {
        page.path.parent().unwrap().join(file)
    };
    let target = target.canonicalize().map_err(|_| "no such file")?;
    if target.is_dir() {
        return Err("a folder, which has no page");
    }
    // The README is the site's first page, under another name.
    let in_book = BOOK
        .iter()
        .any(|part| target.starts_with(root().join(part)))
        || page.path.ends_with("SUMMARY.md");
    if page.path.starts_with(root().join("docs")) && !in_book {
        return Err("leads out of the book");
    }
    if !anchor.is_empty() && !Page::read(&target).anchors.contains(anchor) {
        return Err("no such heading");
    }
    Ok(())
}

#[test]
fn every_page_is_in_the_book_once() {
    let docs = root().join("docs");
    let summary = Page::read(&docs.join("SUMMARY.md"));
    let mut listed = BTreeSet::new();
    for link in &summary.links {
        let path = docs.join(link).canonicalize().unwrap();
        assert!(listed.insert(path), "{link} is there twice");
    }
    let there: BTreeSet<_> = page::all()
        .into_iter()
        .map(|page| page.path)
        .filter(|path| path.starts_with(&docs) && !path.ends_with("SUMMARY.md"))
        .chain(["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name)))
        .collect();
    assert_eq!(listed, there);
}

/// A renamed option, or a command that never was, is found wherever it is written.
#[test]
fn commands_of_the_documentation_are_the_programs_own() {
    let mut refused = Vec::new();
    let mut seen = 0;
    for page in page::all() {
        for block in &page.blocks {
            let Step::Type(commands) = &block.step else {
                continue;
            };
            for words in commands.iter().flat_map(|command| invocations(command)) {
                seen += 1;
                if let Err(error) = vnfctl::cli::command().try_get_matches_from(&words) {
                    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
                    if !matches!(error.kind(), DisplayHelp | DisplayVersion) {
                        refused.push(format!("{}: {words:?}: {error}", page.name()));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(seen > 30, "only {seen} commands were found");
}

/// The runs of the program in a line of shell.
fn invocations(line: &str) -> Vec<Vec<String>> {
    let words =
        shlex::split(&line.replace("\\\n", " ")).unwrap_or_else(|| panic!("no shell: {line}"));
    let is_end = |word: &String| matches!(word.as_str(), "&&" | "||" | "|" | ";" | ">" | "&");
    words
        .split(is_end)
        .filter_map(|part| {
            let begin = match part.iter().position(|word| word == "vnfctl") {
                Some(at) => &part[at..],
                None if part.starts_with(&["cargo".to_owned(), "run".to_owned()]) => {
                    let at = part.iter().position(|word| word == "--")?;
                    &part[at..]
                }
                None => return None,
            };
            Some(begin.to_vec())
        })
        .collect()
}

/// Whoever reads a guide sees which of its commands were never run, and why.
#[test]
fn what_a_guide_cannot_have_run_stands_in_its_table() {
    let folder = root().join("docs/guides");
    let mut guides = 0;
    for page in page::all() {
        if !page.path.starts_with(&folder) {
            continue;
        }
        guides += 1;
        let table = page.text.split("\n## Verified with\n").nth(1);
        let table = table.unwrap_or_else(|| panic!("{} has no table", page.name()));
        for needs in page.blocks.iter().filter_map(|block| block.needs.as_ref()) {
            assert!(
                table.contains(needs.as_str()),
                "{}: `{needs}` is not in its table",
                page.name()
            );
        }
    }
    assert!(guides > 0);
}

/// Every command of a guide is run by a test, or marked with what the lab lacks for it.
#[test]
fn no_guide_has_commands_that_nobody_runs() {
    let folder = root().join("docs/guides");
    for page in page::all() {
        if !page.path.starts_with(&folder) {
            continue;
        }
        let name = page.path.file_name().unwrap().to_str().unwrap();
        let is_followed = ANYWHERE.contains(&name) || ON_THE_LAB.contains(&name);
        let is_typed = |block: &Block| block.needs.is_none() && matches!(block.step, Step::Type(_));
        assert_eq!(page.blocks.iter().any(is_typed), is_followed, "{name}");
    }
}

/// These need no cloud; the cluster's guides are followed on the lab.
#[test]
fn guides_that_need_no_cloud_are_true() {
    for guide in ANYWHERE {
        let home = tempfile::tempdir().unwrap();
        let person = Follower {
            folder: home.path().to_owned(),
            home: home.path().to_owned(),
            cloud: None,
            lab: None,
        };
        // What `devstack lock` would have written, had the makers' hosts been within reach.
        for name in ["one", "lab"] {
            let lock = home.path().join(format!("{name}.lock.yaml"));
            std::fs::write(lock, devstack::idle_lock()).unwrap();
        }
        person.follow(guide, |_| true);
    }
}
