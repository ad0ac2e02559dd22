//! The codes of the package's own rules: archive, `TOSCA.meta`, layout and manifest.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "archive-not-zip",
        Verdict::Rejected,
        "The file is no zip archive, or only a part of one",
        "Nothing can be read from it",
    ),
    Code::error(
        "archive-entry-name",
        Verdict::Rejected,
        "An entry's path is absolute, has `..`, a backslash or a control character, or is no UTF-8",
        "Where the package is unpacked it would be another file, or lie outside",
    ),
    Code::error(
        "archive-duplicate",
        Verdict::Accepted,
        "Two entries have one path, or a path is file and folder at once",
        "Which one counts depends on the reader",
    ),
    Code::error(
        "archive-case",
        Verdict::Accepted,
        "Two paths differ only in upper and lower case",
        "They are one file on systems where case does not count",
    ),
    Code::error(
        "archive-special",
        Verdict::Accepted,
        "An entry is a link, a device, a socket or a pipe",
        "What it leads to is not part of the package",
    ),
    Code::error(
        "archive-encrypted",
        Verdict::Rejected,
        "An entry is encrypted",
        "Nobody who unpacks the package knows the password",
    ),
    Code::error(
        "archive-method",
        Verdict::Accepted,
        "An entry is compressed by another method than deflate",
        "Python's zipfile, and so Tacker, may lack it",
    ),
    Code::error(
        "archive-too-large",
        Verdict::Accepted,
        "The archive has more entries or bytes than a package can have, or than its size explains",
        "A small upload would fill the disk of whoever unpacks it",
    ),
    Code::error(
        "archive-contradiction",
        Verdict::Accepted,
        "The archive's directory of entries does not agree with its entries",
        "Two readers would see two packages",
    ),
    Code::error(
        "file-unreadable",
        Verdict::Rejected,
        "A file that is read as text is damaged, too large or not UTF-8",
        "It cannot be read as YAML",
    ),
    Code::error(
        "meta-missing",
        Verdict::Rejected,
        "There is no `TOSCA-Metadata/TOSCA.meta`",
        "Tacker finds the VNFD by it; without, its v2 API answers 400 to every use of the package",
    ),
    Code::error(
        "meta-entry-definitions-missing",
        Verdict::Rejected,
        "`TOSCA.meta` does not name the VNFD",
        "tosca-parser starts from there",
    ),
    Code::error(
        "meta-entry-definitions-dangling",
        Verdict::Rejected,
        "`TOSCA.meta` names a VNFD that is not in the package",
        "tosca-parser starts from there",
    ),
];
