//! A user and a password for an address that wants basic authentication.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use super::{Exit, Failure};

/// A login at somebody else's address; the password comes from a file, since arguments are seen in the
/// list of processes.
#[derive(Debug, Args)]
pub(super) struct Basic {
    /// User by which Tacker authenticates to the address (basic authentication)
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// File with that user's password in its first line
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
}

impl Basic {
    /// Returns user and password, where they are given.
    ///
    /// # Errors
    /// The file cannot be read, or has no password.
    pub(super) fn login(&self) -> Result<Option<(&str, SecretString)>, Failure> {
        match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => Ok(Some((user, password(file)?.into()))),
            _ => Ok(None),
        }
    }
}

fn password(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unread(file, error))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let message = format!("{} has no password in its first line", file.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(line.to_owned())
}
