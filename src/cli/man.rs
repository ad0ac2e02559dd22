//! `vnfctl man`: the manual's pages, one for each command.

use std::path::PathBuf;

use clap::Args;

use super::output;
use super::{Exit, Failure};

/// Writes the manual's pages into a folder, one for each command.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vnfctl man ~/.local/share/man/man1 && man vnfctl-package-push")]
pub(super) struct Man {
    /// Folder for the pages, made if it is not there
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let folder = &self.folder;
        let written = std::fs::create_dir_all(folder).and_then(|()| {
            // Commands that only the first page leaves out have a page all the same; the pages of
            // `help` would say nothing.
            let mut command = super::command().disable_help_subcommand(true);
            for name in ["completions", "man"] {
                command = command.mut_subcommand(name, |one| one.hide(false));
            }
            clap_mangen::generate_to(command, folder)
        });
        written.map_err(|error| {
            let message = format!("cannot write the pages to {}", folder.display());
            Failure::new(Exit::Usage, message).caused_by(error)
        })?;
        output::put(&format!("{}\n", folder.join("vnfctl.1").display()))?;
        Ok(Exit::Done)
    }
}
