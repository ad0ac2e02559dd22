//! What of a Python file matters here: where it is none, and what it imports as it begins.

use ruff_python_ast::{Expr, PySourceType, Stmt};
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
    /// The classes at the top level.
    pub(super) classes: Vec<Class>,
    /// Whether there is one, or something that may give the file one.
    pub(super) may_have_classes: bool,
}

/// A class.
pub(super) struct Class {
    pub(super) name: String,
    /// Where its name stands.
    pub(super) span: Span,
    /// What it derives from, without the modules that these are in.
    pub(super) bases: Vec<String>,
    pub(super) methods: Vec<Method>,
}

/// A method.
pub(super) struct Method {
    pub(super) name: String,
    /// Where its name stands.
    pub(super) span: Span,
    /// It is given the class before its arguments.
    pub(super) is_of_class: bool,
    /// So many positional arguments it must be given at least.
    pub(super) least: usize,
    /// So many it can be given at most.
    pub(super) most: usize,
    /// It takes any number, or something makes another function of it.
    pub(super) is_open: bool,
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
        classes: parsed.suite().iter().filter_map(class).collect(),
        may_have_classes: parsed.suite().iter().any(may_be_class),
    }
}

/// Tells whether a statement may bind a name to a class; functions and plain imports do not.
fn may_be_class(statement: &Stmt) -> bool {
    !matches!(
        statement,
        Stmt::FunctionDef(_) | Stmt::Import(_) | Stmt::Expr(_) | Stmt::Pass(_)
    )
}

fn class(statement: &Stmt) -> Option<Class> {
    let Stmt::ClassDef(class) = statement else {
        return None;
    };
    let bases = class.bases().iter().filter_map(last_name);
    Some(Class {
        name: class.name.to_string(),
        span: span(class.name.range()),
        bases: bases.collect(),
        methods: class.body.iter().filter_map(method).collect(),
    })
}

fn last_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(attribute.attr.to_string()),
        _ => None,
    }
}

fn method(statement: &Stmt) -> Option<Method> {
    let Stmt::FunctionDef(function) = statement else {
        return None;
    };
    let decorators: Vec<_> = function
        .decorator_list
        .iter()
        .map(|decorator| last_name(&decorator.expression))
        .collect();
    let is = |name: &str| decorators.iter().any(|one| one.as_deref() == Some(name));
    let is_plain = |name: &Option<String>| {
        matches!(
            name.as_deref(),
            Some("staticmethod" | "classmethod" | "abstractmethod")
        )
    };
    let parameters = &function.parameters;
    let positional = parameters.posonlyargs.iter().chain(&parameters.args);
    let needs_words = parameters
        .kwonlyargs
        .iter()
        .any(|one| one.default.is_none());
    let most = positional.clone().count();
    Some(Method {
        name: function.name.to_string(),
        span: span(function.name.range()),
        is_of_class: is("classmethod"),
        least: match needs_words {
            true => usize::MAX,
            false => positional.filter(|one| one.default.is_none()).count(),
        },
        most,
        is_open: parameters.vararg.is_some() && !needs_words || !decorators.iter().all(is_plain),
    })
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
