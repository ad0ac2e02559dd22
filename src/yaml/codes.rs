//! The reader's codes.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "yaml-syntax",
        Verdict::Rejected,
        "A file that a parser reads at once is not YAML, or is more than one document",
        "PyYAML reads nothing of it",
    ),
    Code::error(
        "yaml-tab",
        Verdict::Rejected,
        "A tab stands outside quotes, block scalars and comments",
        "PyYAML ends there with an error, though YAML 1.2 allows it",
    ),
    Code::warning(
        "yaml-hanging-line",
        Verdict::Accepted,
        "A line inside brackets or quotes is indented less than what holds it",
        "PyYAML does not mind, though YAML forbids it; other parsers end there with an error",
    ),
    Code::warning(
        "yaml-merge-key",
        Verdict::Accepted,
        "A map is merged into another by `<<`",
        "PyYAML merges them; to parsers of YAML 1.2 `<<` is a key like any other",
    ),
    Code::error(
        "yaml-duplicate-key",
        Verdict::FailsLater,
        "A map has a key twice",
        "PyYAML silently keeps the last one and drops the others",
    ),
];
