//! `vnfctl completions`: what a shell needs to complete the program's commands and options.

use clap::Args;
use clap_complete::Shell;

use super::output;
use super::{Exit, Failure};

/// Prints the script by which a shell completes commands and options.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  source <(vnfctl completions bash)
  vnfctl completions zsh > ~/.zfunc/_vnfctl
  vnfctl completions fish > ~/.config/fish/completions/vnfctl.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "vnfctl", &mut script);
        output::put_bytes(&script)?;
        Ok(Exit::Done)
    }
}
