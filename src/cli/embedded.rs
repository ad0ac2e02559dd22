//! The embedded VNFM of `--sandbox`: started for one command, in this process.

use std::path::PathBuf;

use camino::Utf8PathBuf;

use super::sandbox::not_started;
use super::{Exit, Failure, context};
use crate::sandbox::{Options, Sandbox};

/// What the embedded VNFM knows when a command starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing, and nothing is kept.
    Fresh,
    /// What earlier commands left, so that one command can follow another.
    Kept,
}

/// A VNFM that ends with the command.
pub(super) struct Embedded(Sandbox, State);

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Embedded").field(&self.0.endpoint()).finish()
    }
}

impl Embedded {
    /// Starts it.
    pub(super) async fn start(state: State) -> Result<Self, Failure> {
        let file = match state {
            State::Fresh => None,
            State::Kept => Some(file()?),
        };
        let options = Options {
            data: file.as_deref(),
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.map_err(not_started)?;
        Ok(Self(sandbox, state))
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.0
    }

    /// Tells whether another command finds what this one leaves.
    pub(super) fn is_kept(&self) -> bool {
        self.1 == State::Kept
    }

    /// Waits for what goes on in it, which would be cut short by the process's end.
    pub(super) async fn settled(&self) {
        self.0.settled().await;
    }
}

/// Where the state is kept; its folder is made.
fn file() -> Result<Utf8PathBuf, Failure> {
    let folder = context::directory("XDG_STATE_HOME", ".local/state")
        .unwrap_or_else(|| PathBuf::from("."))
        .join("sandbox");
    let failed = || Failure::new(Exit::Usage, format!("cannot use {}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(|error| failed().caused_by(error))?;
    let folder = Utf8PathBuf::from_path_buf(folder.clone())
        .map_err(|_| failed().because("its name is not UTF-8"))?;
    Ok(folder.join("sandbox.db"))
}
