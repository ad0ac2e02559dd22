//! The codes about what a person lets pass, of which Tacker sees nothing, and about releases of Tacker
//! that read otherwise than Tacker 16.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub(super) const CODES: &[Code] = &[
    Code::warning(
        "suppression-syntax",
        Verdict::Accepted,
        "A comment begins with `vnfctl:` and goes on otherwise than `allow(CODE) reason`",
        "It looks as if something were allowed, and nothing is",
    ),
    Code::warning(
        "suppression-reason",
        Verdict::Accepted,
        "A comment allows a finding without saying why",
        "Nobody can tell later whether it still holds; the finding stays until there is a reason",
    ),
    Code::warning(
        "suppression-code",
        Verdict::Accepted,
        "A comment allows a code that does not exist, or that no package can have",
        "It allows nothing; the code was misspelt, or renamed",
    ),
    Code::warning(
        "suppression-firm",
        Verdict::Accepted,
        "A comment allows a code for which Tacker certainly rejects the package",
        "It allows nothing: the package would be dropped without a word",
    ),
    Code::warning(
        "suppression-unused",
        Verdict::Accepted,
        "A comment allows a finding that is not there",
        "It would hide the next one at that place, which nobody has judged",
    ),
    Code::note(
        "baseline-stale",
        Verdict::Accepted,
        "The baseline knows a finding that is no longer there",
        "It would hide the same fault when it comes back; write the baseline anew",
    ),
];

/// The codes about what only older releases mind; found when `--target` names one.
pub(super) const OF_OLDER: &[Code] = &[
    Code::error(
        "target-version",
        Verdict::Rejected,
        "A file is of TOSCA 1.3, and the package is for Tacker 11 or older",
        "tosca-parser knows that version since 2.11, which came with Tacker 12",
    ),
    Code::error(
        "target-operations",
        Verdict::Rejected,
        "Operations stand under `operations`, and the package is for Tacker 11 or older",
        "tosca-parser knows the notation of TOSCA 1.3 since 2.11, which came with Tacker 12",
    ),
    Code::error(
        "target-operation-form",
        Verdict::Rejected,
        "An operation is nothing, or its implementation a map, and the package is for Tacker 8",
        "tosca-parser 2.6 looks into both and ends with an error",
    ),
];
