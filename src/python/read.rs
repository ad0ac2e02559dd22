//! What of a Python file matters here: where it is none, and what it imports as it begins.

use ruff_python_ast::{PySourceType, Stmt};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::{Ranged as _, TextRange};

use super::depth;
use crate::diagnose::Span;

/// The stack of the thread that parses, in bytes: the parser calls itself ten times and more for
/// each level of the text, and so does the end of what it made. [`depth`] counts on it.
const STACK: usize = 64 << 20;

/// A Python file that was read.
pub(super) struct Module {
    /// Where it is no Python, and why.
    pub(super) errors: Vec<(Span, String)>,
    /// What is imported whatever happens: at the top level, and not to try it.
    pub(super) imports: Vec<Import>,
}

/// An import of a module.
pub(super) struct Import {
    /// The module, with all its parts; nothing where it is relative to the file itself.
    pub(super) name: Option<String>,
    /// Where it stands.
    pub(super) span: Span,
}

/// Reads files, but for those that are too deep; none, where there is no thread to be had for it.
pub(super) fn modules<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Option<Module>> {
    let texts: Vec<_> = texts.into_iter().collect();
    let all = || texts.iter().map(|text| module(text)).collect();
    let read = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, all).ok()?.join().ok()
    });
    read.unwrap_or_default()
}

fn module(text: &str) -> Option<Module> {
    depth::is_shallow(text).then(|| read(text))
}

fn read(text: &str) -> Module {
    let parsed = parse_unchecked_source(text, PySourceType::Python);
    let errors = parsed.errors().iter();
    Module {
        errors: errors
            .map(|error| (span(error.location), error.error.to_string()))
            .collect(),
        imports: parsed.suite().iter().flat_map(imports).collect(),
    }
}

fn imports(statement: &Stmt) -> Vec<Import> {
    match statement {
        Stmt::Import(import) => {
            let names = import.names.iter().map(|alias| &alias.name);
            names.map(|name| of(name.as_str(), name.range())).collect()
        }
        Stmt::ImportFrom(import) if import.level > 0 => vec![Import {
            name: None,
            span: span(import.range),
        }],
        Stmt::ImportFrom(import) => {
            let module = import.module.iter();
            module.map(|name| of(name.as_str(), name.range())).collect()
        }
        _ => Vec::new(),
    }
}

fn of(name: &str, range: TextRange) -> Import {
    Import {
        name: Some(name.to_owned()),
        span: span(range),
    }
}

fn span(range: TextRange) -> Span {
    Span {
        start: range.start().to_usize(),
        end: range.end().to_usize(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// What the parser makes of these is as deep as they are long, and must not end the program.
    #[rstest]
    #[case::members("a", ".b")]
    #[case::calls("a", "()")]
    #[case::alternatives("a", " | a")]
    #[case::prefixes("1", " - -1")]
    #[case::powers("1", " ** 1")]
    #[case::tests("a", " if a else a")]
    #[case::pairs("a", " and a")]
    #[case::assigned("a", " = a")]
    fn no_chain_is_too_long(#[case] first: &str, #[case] next: &str) {
        for times in [600, 9_000, 300_000] {
            let text = format!("{first}{}\n", next.repeat(times));
            let module = modules([&*text]).pop().flatten();
            let errors = module.map(|module| module.errors.len());
            assert!(matches!(errors, None | Some(0)), "{errors:?}");
        }
    }
}
