//! Which file names a package may have: the same rule for what is written and for what is read.
//!
//! Archives are unpacked by others, on other systems, with fewer checks; a name that means
//! something else there is refused rather than mended.

/// Longest path inside a package, in bytes.
const LONGEST: usize = 1024;

/// Why a path inside a package is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// It is empty, or has an empty part (`a//b`).
    #[error("it has an empty part")]
    Empty,
    /// It starts at the root of a file system or drive.
    #[error("it is absolute")]
    Absolute,
    /// It has a part `.` or `..`.
    #[error("it has a part `.` or `..`, which leads out of the package")]
    Dots,
    /// It has a `\`, which separates parts on some systems only.
    #[error("it has a backslash")]
    Backslash,
    /// It has a line break, a NUL or another control character.
    #[error("it has a control character")]
    Control,
    /// It is longer than any tool handles.
    #[error("it has more than {LONGEST} bytes")]
    Long,
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    Encoding,
}

/// Checks a path inside a package: relative, `/`-separated, plain.
///
/// # Errors
/// The first fault found.
pub fn check(name: &str) -> Result<(), NameFault> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive {
        return Err(NameFault::Absolute);
    }
    if name.contains('\\') {
        return Err(NameFault::Backslash);
    }
    if name.chars().any(char::is_control) {
        return Err(NameFault::Control);
    }
    if name.len() > LONGEST {
        return Err(NameFault::Long);
    }
    for part in name.split('/') {
        match part {
            "" => return Err(NameFault::Empty),
            "." | ".." => return Err(NameFault::Dots),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a/b.yaml", None)]
    #[case("a/..b/c..", None)]
    #[case("", Some(NameFault::Empty))]
    #[case("a//b", Some(NameFault::Empty))]
    #[case("a/", Some(NameFault::Empty))]
    #[case("/etc/passwd", Some(NameFault::Absolute))]
    #[case("C:evil", Some(NameFault::Absolute))]
    #[case("a/../b", Some(NameFault::Dots))]
    #[case("./a", Some(NameFault::Dots))]
    #[case("a\\..\\b", Some(NameFault::Backslash))]
    #[case("a\nHash: 0", Some(NameFault::Control))]
    fn names_are_judged_as_they_are_written(#[case] name: &str, #[case] fault: Option<NameFault>) {
        assert_eq!(check(name).err(), fault);
    }
}
