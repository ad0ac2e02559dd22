//! What a local.conf may set and enable, and which file of which repository reads it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The compiled-in data is not readable, which only a broken build can cause.
#[derive(Debug, thiserror::Error)]
#[error("the built-in table of devstack's variables cannot be read")]
pub struct VariablesError(#[from] serde_yaml::Error);

/// The table: names, and the file that reads each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variables {
    /// The day on which the sources were read (ISO).
    pub read: String,
    /// Variables.
    pub variables: BTreeMap<String, String>,
    /// Services that can be enabled.
    pub services: BTreeMap<String, String>,
    /// Plugins.
    pub plugins: BTreeMap<String, String>,
}

impl Variables {
    /// Returns the table compiled in.
    ///
    /// # Errors
    /// When the data file of the source tree is malformed.
    pub fn builtin() -> Result<Self, VariablesError> {
        Ok(serde_yaml::from_str(include_str!("variables.yaml"))?)
    }
}
