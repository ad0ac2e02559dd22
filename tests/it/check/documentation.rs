//! The documentation names every code that the source can give, and no other.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vnfctl::check::CATALOGUE;
use vnfctl::diagnose::Severity;

const HEAD: &str = "# Diagnostics

What `vnfctl` finds in packages, specs, scenarios and specs of devstacks, by the code in brackets after `error` or
`warning`. The third column says what Tacker 16 does with a package for which a finding holds:

- *rejects the upload*: the package falls back to CREATED without a word;
- *fails later*: the upload passes, then a query or an operation fails, or does less than it says;
- *accepts it*: nothing fails in Tacker, but other readers, or people, may be misled;
- *never sees it*: `vnfctl` refuses the input before a package comes about.

`vnfctl explain CODE` says the same at the terminal. What a pipeline does with findings, and how they are made to count
for more or less, is in [Packages in a pipeline](validate.md).
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn rendered() -> String {
    let mut text = HEAD.to_owned();
    for (room, codes) in CATALOGUE {
        let _ = write!(
            text,
            "\n## {room}\n\n| code | severity | Tacker | what it means | why it matters |\n\
             |---|---|---|---|---|\n"
        );
        for code in *codes {
            let severity = match code.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let _ = writeln!(
                text,
                "| `{}` | {severity} | {} | {} | {} |",
                code.name,
                code.verdict.words(),
                cell(code.meaning),
                cell(code.why)
            );
        }
    }
    text
}

/// Text in a table, where `<operation>` would be taken for HTML.
fn cell(text: &str) -> String {
    text.replace('<', "&lt;")
}

#[test]
fn documentation_is_what_the_catalogue_says() {
    let file = root().join("docs/diagnostics.md");
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::write(&file, rendered()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == rendered(),
        "docs/diagnostics.md is not what the catalogue says: run this test with VNFCTL_WRITE_DOCS=1"
    );
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
        "scenario",
        "spec",
        "suppression",
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
            "Diagnostic::file_error(",
            "Diagnostic::file_warning(",
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
const NAMED_ELSEWHERE: &[&str] = &["code", "error.code"];

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
