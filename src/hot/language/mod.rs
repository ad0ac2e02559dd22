//! What Heat itself asks of a template, whatever Tacker does with it: the language of its version,
//! and the types of resources that there are.
//!
//! `scripts/dev/heat_judges.py` asks Heat for its verdict on each example of
//! `tests/fixtures/heat/`; both must agree.

mod arguments;
mod catalogue;
mod conditions;
mod functions;
mod parameters;
mod sections;
mod value;

pub(super) use catalogue::{HEAT, nearest};
pub use catalogue::{Property, Type, is_replacing, known, types};
pub(super) use functions::Language;
pub(super) use parameters::given;
pub(super) use value::{is_computed, properties};

use super::template::Template;
use crate::diagnose::{Diagnostic, Sink};
use crate::yaml::{Kind, Node, Value};

/// What Heat does with a template that breaks a rule of its language.
pub(super) const REFUSED: &str = "Heat refuses the stack when the VNF is instantiated";

/// Checks one template by itself, in the language of its version.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    sections::check(template, language, sink);
    parameters::check(template, language, sink);
    conditions::check(template, language, sink);
    functions::check(template, language, sink);
}

/// Tells whether a literal is a string to Heat, which reads dates as strings, too.
fn is_string(node: &Node) -> bool {
    matches!(
        node.kind,
        Kind::Scalar {
            value: Value::Str | Value::Timestamp,
            ..
        }
    )
}

impl Template {
    /// Returns an error for which Heat refuses the stack.
    fn refused(&self, code: &'static str, at: &Node, message: impl Into<String>) -> Diagnostic {
        self.error(code, at, message).why(REFUSED)
    }
}
