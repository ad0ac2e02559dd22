//! The codes of the VNFD's rules.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "vnfd-vnf-node-missing",
        Verdict::Rejected,
        "No node template of the top VNFD file is a VNF with properties",
        "Tacker takes the package's identity from it",
    ),
    Code::error(
        "vnfd-identity-not-a-string",
        Verdict::Rejected,
        "A property that identifies the VNFD is missing or is no string",
        "Tacker stores the package's identity as text that is never null",
    ),
];
