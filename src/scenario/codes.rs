//! The codes of a scenario's faults, beside those that it shares with a spec.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "scenario-empty",
        Verdict::Unbuildable,
        "A scenario has no steps",
        "It would pass without having shown anything",
    ),
    Code::error(
        "scenario-scale",
        Verdict::Unbuildable,
        "A scale step says neither or both of `out` and `in`, or no steps",
        "It is not clear how many VNFCs are to be there afterwards",
    ),
];
