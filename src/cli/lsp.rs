//! `vnfctl package lsp`: a language server for editors.

use clap::Args;
use lsp_server::Connection;

use super::validate::Grades;
use super::{Exit, Failure};
use crate::check::{Policy, Target};
use crate::lsp::{self, End, Settings};

/// Serves an editor over stdin and stdout (Language Server Protocol 3.17).
///
/// It shows in the files of an unpacked package what `package validate` finds in it as it would be
/// if all were saved now, mends what can be mended, and knows what TOSCA, SOL001 and Heat have for
/// the place at the cursor.
#[derive(Debug, Args)]
pub(super) struct Lsp {
    /// Whom the packages are for, as for `package validate`
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "VNFM",
        hide_possible_values = true
    )]
    target: Target,
    #[command(flatten)]
    grades: Grades,
    /// Over stdin and stdout; so it is always, and editors say it all the same
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let settings = Settings {
            target: self.target,
            policy: Policy {
                levels: self.grades.levels()?,
                baseline: None,
            },
        };
        let (connection, threads) = Connection::stdio();
        let end = lsp::serve(&connection, settings);
        // The writer ends when nobody can send any more.
        drop(connection);
        let what = "the conversation with the editor broke off";
        let broken = || {
            Failure::new(Exit::Failed, what)
                .hint("`vnfctl package lsp` is for editors to start; see docs/editors.md")
        };
        let end = end.map_err(|error| broken().caused_by(error))?;
        threads.join().map_err(|error| broken().caused_by(error))?;
        Ok(match end {
            End::Agreed => Exit::Done,
            End::Gone => Exit::Failed,
        })
    }
}
