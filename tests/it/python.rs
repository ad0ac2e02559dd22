//! The Pythons that have what tests ask, where the environment names them.

use std::ffi::OsString;

/// The Python that `variable` names; nothing skips the test, unless `demand` is set.
pub(crate) fn named(variable: &str, demand: &str) -> Option<OsString> {
    let python = std::env::var_os(variable);
    if python.is_none() {
        assert!(
            std::env::var_os(demand).is_none(),
            "{variable} must be set where {demand} is: see CONTRIBUTING.md"
        );
        eprintln!("skipped: {variable} is not set (see CONTRIBUTING.md)");
    }
    python
}
