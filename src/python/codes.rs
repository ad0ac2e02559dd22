//! The codes of Python files. The upload looks into none, so none rejects.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "python-syntax",
        Verdict::FailsLater,
        "The script of a hook, or what it imports, is no Python",
        "The conductor runs it with its own interpreter, which ends with a SyntaxError, and the operation fails",
    ),
    Code::error(
        "python-module",
        Verdict::FailsLater,
        "The script of a hook, or what it imports, imports a module that the conductor does not have",
        "The script ends with a ModuleNotFoundError before it does anything, and the operation fails",
    ),
    Code::error(
        "python-userdata-module",
        Verdict::FailsLater,
        "User data import a module that the conductor does not have",
        "An operation whose request names them ends with a ModuleNotFoundError",
    ),
    Code::error(
        "python-userdata-method",
        Verdict::FailsLater,
        "A method of user data cannot be called as the conductor calls it, or `instantiate` is missing",
        "An operation whose request names the class ends with a TypeError, or with what the base says",
    ),
    Code::warning(
        "python-userdata-class",
        Verdict::FailsLater,
        "User data have no class",
        "A request names a class of the file, and the operation ends with an AttributeError",
    ),
    Code::warning(
        "python-syntax-elsewhere",
        Verdict::Accepted,
        "A Python file that is no hook's script is no Python",
        "Whoever runs or imports it, as user data or to coordinate a change of the package, gets a SyntaxError",
    ),
];
