//! `vnfctl doctor`: whether a Tacker and its cloud are fit to work with.

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::args::Global;
use super::output::{self, Format};
use super::vnf::ensure_vim;
use super::{Exit, Failure, context};
use crate::lifecycle::{Finding, Verdict};

/// Looks at the account, Tacker, its VIMs, the cloud with its quotas, Barbican and the clocks.
///
/// Everything is looked at, whatever else fails. The exit code is 0 when all is good or warned of, and 1
/// otherwise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl doctor
  vnfctl doctor --fix
  vnfctl doctor -o json")]
pub(super) struct Doctor {
    /// Mend what can be mended safely: where Tacker has no VIM at all, register your own cloud
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    printing: output::Printing,
}

impl Doctor {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let mut findings = vnfm.examine().await;
        if self.fix && findings.len() > 1 {
            ensure_vim(&vnfm).await?;
            findings = vnfm.examine().await;
        }
        match self.printing.output {
            Format::Table | Format::Wide => {
                let lines: String = findings.iter().map(line).collect();
                anstream::print!("{lines}");
            }
            format => output::one(format, &findings)?,
        }
        let is_bad = findings.iter().any(|one| one.verdict == Verdict::Bad);
        Ok(match is_bad {
            true => Exit::Failed,
            false => Exit::Done,
        })
    }
}

fn line(finding: &Finding) -> String {
    let (colour, word) = match finding.verdict {
        Verdict::Good => (AnsiColor::Green, "good"),
        Verdict::Warning => (AnsiColor::Yellow, "warning"),
        Verdict::Bad => (AnsiColor::Red, "bad"),
    };
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let seen = finding.seen.replace(char::is_control, " ");
    let mut text = format!("{style}{word:<8}{style:#}{:<10}{seen}\n", finding.what);
    if let Some(hint) = &finding.hint {
        text += &format!("{:18}{hint}\n", "");
    }
    text
}
