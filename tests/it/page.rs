//! A page of the documentation as tests read it: headings, links, and the commands it tells a person
//! to type.
//!
//! A comment directly before a block says what a test does with it: `<!-- file: NAME -->` is written
//! to that file, `<!-- edit: NAME -->` is merged into that YAML file, and `<!-- needs: WHAT -->` is
//! left out where commands are run, because the lab has no WHAT.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a person does with a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Types these commands, one after the other.
    Type(Vec<String>),
    /// Writes a file.
    Write { file: String, text: String },
    /// Changes keys of a YAML file.
    Edit { file: String, text: String },
}

/// A block that a person is told to do something with.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) step: Step,
    /// What is needed for it that the lab lacks.
    pub(super) needs: Option<String>,
    /// Title of the section that it stands in.
    pub(super) section: String,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Anchors of its headings.
    pub(super) anchors: BTreeSet<String>,
    /// Targets of its links.
    pub(super) links: Vec<String>,
    pub(super) blocks: Vec<Block>,
    /// Title of the last section read.
    section: String,
}

/// The repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages of the documentation, README among them.
pub(super) fn all() -> Vec<Page> {
    let mut paths: Vec<_> = ["README.md", "CONTRIBUTING.md"]
        .map(|name| root().join(name))
        .into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

impl Page {
    /// Reads a page of the repository.
    pub(super) fn read(path: &Path) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            text: std::fs::read_to_string(path).unwrap(),
            ..Self::default()
        };
        let text = page.text.clone();
        let (mut heading, mut code) = (None::<String>, None::<(String, String)>);
        let mut mark = None::<String>;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let title = heading.take().unwrap_or_default();
                    page.anchors.insert(anchor(&title));
                    page.section = title;
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                    code = Some((kind.into_string(), String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((kind, body)) = code.take() {
                        page.block(&kind, body, mark.take());
                    }
                }
                Event::Html(html) => mark = marked(&html).or(mark),
                Event::Text(words) | Event::Code(words) => {
                    if let Some((_, body)) = &mut code {
                        body.push_str(&words);
                    } else if let Some(title) = &mut heading {
                        title.push_str(&words);
                    }
                }
                // A mark is for the block that follows it, and for no other.
                Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Table(_)) => mark = None,
                _ => {}
            }
        }
        page
    }

    fn block(&mut self, kind: &str, text: String, mark: Option<String>) {
        let said = |what: &str| {
            let mark = mark.as_deref()?.strip_prefix(what)?;
            Some(mark.trim().to_owned())
        };
        let step = if let Some(file) = said("file:") {
            Step::Write { file, text }
        } else if let Some(file) = said("edit:") {
            Step::Edit { file, text }
        } else if kind == "console" {
            Step::Type(commands(&text))
        } else {
            return;
        };
        let needs = said("needs:");
        let section = self.section.clone();
        self.blocks.push(Block {
            step,
            needs,
            section,
        });
    }

    /// Its path in the repository.
    pub(super) fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap();
        path.display().to_string()
    }
}

/// The text of a comment.
fn marked(html: &str) -> Option<String> {
    let text = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(text.trim().to_owned())
}

/// A heading's anchor, as GitHub and mdBook make it.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

/// What is typed in a console block: the lines after `$`, with their continuations.
fn commands(block: &str) -> Vec<String> {
    let mut typed: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            typed.push(command.to_owned());
        } else if goes_on && let Some(last) = typed.last_mut() {
            last.push('\n');
            last.push_str(line);
        } else {
            continue;
        }
        goes_on = line.ends_with('\\');
    }
    typed
}
