//! The documentation names every code that the source can give, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vnfctl::check::{self, CATALOGUE};
use vnfctl::diagnose::Code;

use super::examples::{self, Example};

const HEAD: &str = "# Diagnostics

What `vnfctl` finds in packages, specs, scenarios and specs of devstacks, by the code in brackets after `error` or
`warning`. The third column says what Tacker 16 does with a package for which a finding holds:

- *rejects the upload*: the package falls back to CREATED without a word;
- *fails later*: the upload passes, then a query or an operation fails, or does less than it says;
- *accepts it*: nothing fails in Tacker, but other readers, or people, may be misled;
- *never sees it*: `vnfctl` refuses the input before a package comes about.

Each code leads to an example: a change of something sound, and what is found then. The tests make and judge all of them.
`vnfctl explain CODE` says the same at the terminal, example and all. What a pipeline does with findings, and how they are made to count
for more or less, is in [Packages in a pipeline](validate.md).
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The overview, and a page of examples for each room, by their paths.
fn rendered(examples: &BTreeMap<String, Example>) -> BTreeMap<PathBuf, String> {
    let mut text = HEAD.to_owned();
    let mut pages = BTreeMap::new();
    for (room, codes) in CATALOGUE {
        let name = format!("diagnostics/{}.md", slug(room));
        let _ = write!(
            text,
            "\n## {room}\n\n| code | severity | Tacker | what it means | why it matters |\n\
             |---|---|---|---|---|\n"
        );
        let mut page = format!(
            "# Diagnostics: {room}\n\nWhat each code of this part of [the catalogue](../diagnostics.md) looks like.\n"
        );
        for code in *codes {
            let _ = writeln!(
                text,
                "| [`{0}`]({name}#{0}) | {1} | {2} | {3} | {4} |",
                code.name,
                code.severity.word(),
                code.verdict.words(),
                cell(code.meaning),
                cell(code.why)
            );
            page += &section(code, examples.get(code.name));
        }
        pages.insert(root().join("docs").join(name), page);
    }
    pages.insert(root().join("docs/diagnostics.md"), text);
    pages
}

/// A room's name as that of a file.
fn slug(room: &str) -> String {
    let words = room.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

/// A code with its example.
fn section(code: &Code, example: Option<&Example>) -> String {
    let mut text = format!(
        "\n## {}\n\n{}: {}. {}. Tacker 16 *{}*.",
        code.name,
        capital(code.severity.word()),
        cell(code.meaning),
        cell(code.why),
        code.verdict.words()
    );
    if let Some(origin) = check::origin(code) {
        let _ = write!(text, " To be read up in: {origin}.");
    }
    text.push('\n');
    let Some(example) = example else {
        let without = examples::WITHOUT
            .iter()
            .find(|(name, _)| *name == code.name);
        let why = without.map_or("", |(_, why)| why);
        let _ = writeln!(text, "\nThere is no example: {why}.");
        return text;
    };
    if !example.change.is_empty() {
        let _ = write!(text, "\n```diff\n{}```\n", example.change);
    }
    for run in &example.run {
        let _ = write!(text, "\n```console\n$ {run}\n```\n");
    }
    let _ = write!(text, "\n```text\n{}\n```\n", example.said);
    if !example.also.is_empty() {
        let also: Vec<_> = example.also.iter().map(|c| format!("`{c}`")).collect();
        let _ = writeln!(text, "\nFound with it: {}.", also.join(", "));
    }
    if example.mended {
        text += "\n`vnfctl package validate --fix` mends it.\n";
    }
    text
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// Text in a table, where `<operation>` would be taken for HTML.
fn cell(text: &str) -> String {
    text.replace('<', "&lt;")
}

/// Holds generated files to what they are generated from, or writes them when told to.
#[test]
fn documentation_is_what_the_catalogue_says() {
    let examples = examples::all();
    let mut files = rendered(&examples);
    let data = serde_json::to_string_pretty(&examples).unwrap() + "\n";
    files.insert(root().join("src/check/examples.json"), data);
    let folder = root().join("docs/diagnostics");
    let old: Vec<_> = std::fs::read_dir(&folder)
        .map(|old| old.map(|file| file.unwrap().path()).collect())
        .unwrap_or_default();
    let left: Vec<_> = old.iter().filter(|old| !files.contains_key(*old)).collect();
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in &files {
            std::fs::write(file, text).unwrap();
        }
        for page in left {
            std::fs::remove_file(page).unwrap();
        }
        return;
    }
    assert!(left.is_empty(), "no room has {left:?}");
    for (file, text) in &files {
        assert!(
            std::fs::read_to_string(file).unwrap_or_default() == *text,
            "{} is not what the catalogue and its examples say: run this test with VNFCTL_WRITE_DOCS=1",
            file.display()
        );
    }
}

#[test]
fn catalogue_has_exactly_the_codes_of_the_source() {
    let used: BTreeSet<_> = sources()
        .iter()
        .filter(|(file, _)| !TABLES.iter().any(|table| file.ends_with(table)))
        .flat_map(|(_, text)| literals(text))
        .filter(|literal| is_code(literal))
        .map(str::to_owned)
        .collect();
    let known: Vec<_> = CATALOGUE
        .iter()
        .flat_map(|(_, codes)| codes.iter().map(|code| code.name.to_owned()))
        .collect();
    let unique: BTreeSet<_> = known.iter().cloned().collect();
    assert_eq!(known.len(), unique.len(), "a code stands twice");
    assert_eq!(used, unique, "left: in the source, right: in the catalogue");
}

/// Files that tell of codes and give none.
const TABLES: [&str; 2] = ["codes.rs", "check/origin.rs"];

/// String literals without escapes, which codes have none of.
fn literals(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .collect()
}

/// A repository and roles of hosts, whose names look like codes.
const NO_CODES: [&str; 3] = [
    "devstack-plugin-container",
    "kubernetes-control-plane",
    "kubernetes-worker",
];

/// Codes begin with the subject that the rule is about.
fn is_code(text: &str) -> bool {
    let subjects = [
        "archive",
        "baseline",
        "devstack",
        "file",
        "hot",
        "kubernetes",
        "layout",
        "manifest",
        "meta",
        "python",
        "scenario",
        "security",
        "signature",
        "spec",
        "suppression",
        "target",
        "vnfd",
        "yaml",
    ];
    let Some((subject, rest)) = text.split_once('-') else {
        return false;
    };
    subjects.contains(&subject)
        && !NO_CODES.contains(&text)
        && !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Were the scan above to miss a way of giving a code, a finding would have no line in the table.
#[test]
fn every_finding_is_given_a_code_by_name() {
    let mut givers = Vec::new();
    for (file, text) in sources() {
        for giver in [
            "Diagnostic::error(",
            "Diagnostic::warning(",
            "Diagnostic::note(",
            "Diagnostic::file_error(",
            "Diagnostic::file_warning(",
            "Diagnostic::file_note(",
        ] {
            for after in text.split(giver).skip(1) {
                let first = after.trim_start().split([',', '\n']).next().unwrap();
                givers.push((file.clone(), first.to_owned()));
            }
        }
    }
    let unnamed: Vec<_> = givers
        .iter()
        .filter(|(_, first)| !first.starts_with('"') && !NAMED_ELSEWHERE.contains(&first.as_str()))
        .collect();
    assert!(givers.len() > 10);
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    for (_, first) in givers.iter().filter(|(_, first)| first.starts_with('"')) {
        assert!(is_code(first.trim_matches('"')), "{first}");
    }
}

/// Expressions whose values are literals of the same file.
const NAMED_ELSEWHERE: &[&str] = &["code", "error.code", "refusal.code"];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let rules = text.split("#[cfg(test)]").next().unwrap().to_owned();
                found.push((path, rules));
            }
        }
    }
    found
}
