//! `vnfctl op resume|history`: what earlier runs asked, and what became of it.

use std::time::Duration;

use clap::Args;

use super::listing::{Columns, Listing};
use super::watch::{duration, follow};
use super::{Exit, Failure};
use crate::lifecycle::journal::{Entry, Standing};
use crate::lifecycle::{Asked, Fate, State, Vnfm};

/// Finds out what became of what earlier runs left open, and waits for what still goes on.
///
/// A run leaves something open that was killed, lost its connection or did not wait. Nothing is asked
/// of Tacker again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl op resume
  vnfctl op resume web1 --no-wait")]
pub(super) struct Resume {
    /// Only of these VNFs, by name or id
    #[arg(value_name = "VNF")]
    vnfs: Vec<String>,
    /// Say how things stand and do not wait
    #[arg(long)]
    no_wait: bool,
    /// Stop waiting for each operation after this time, such as 90s or 20m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

impl Resume {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let open = vnfm.left_open().await?;
        let meant = open.iter().filter(|entry| {
            let is_one =
                |vnf: &String| *vnf == entry.vnf_instance_name || *vnf == entry.vnf_instance_id;
            self.vnfs.is_empty() || self.vnfs.iter().any(is_one)
        });
        let mut exit = Exit::Done;
        let mut any = false;
        for entry in meant {
            any = true;
            if let Err(failure) = self.one(vnfm, entry).await {
                // One that cannot be found out says nothing of the next.
                anstream::eprintln!("{failure}");
                exit = failure.exit;
            }
        }
        if !any {
            anstream::eprintln!("nothing is left open");
        }
        Ok(exit)
    }

    async fn one(&self, vnfm: &Vnfm, entry: &Entry) -> Result<(), Failure> {
        let what = &entry.summary;
        match vnfm.take_up(entry).await? {
            None => anstream::eprintln!("{what}: another vnfctl is at it"),
            Some(Fate::Settled) => {}
            Some(Fate::NeverArrived) if entry.standing == Standing::Asked => {
                anstream::eprintln!(
                    "{what}: Tacker has nothing of it; ask again if you still want it"
                );
            }
            Some(Fate::NeverArrived) => {
                anstream::eprintln!("{what}: Tacker no longer has it");
            }
            Some(Fate::Made(id)) => {
                let name = &entry.vnf_instance_name;
                anstream::eprintln!(
                    "{what}: VNF {id} was made and has no resources; the same `vnfctl instantiate` goes on \
                     with it, `vnfctl terminate {name} --delete` removes it"
                );
            }
            Some(Fate::Arrived(seen)) => {
                let is_open = !seen.state.is_final() && seen.state != State::FailedTemp;
                let asked = match entry.operation.as_str() {
                    "RETRY" => Asked::Retry,
                    "ROLLBACK" => Asked::Rollback,
                    _ => Asked::Start,
                };
                if !is_open || self.no_wait {
                    let (state, op) = (seen.state, &seen.id);
                    anstream::eprintln!("{what}: {state} (operation {op})");
                    vnfm.told(op).await?;
                }
                if is_open && !self.no_wait {
                    follow(vnfm, what, &seen.id, asked, self.timeout, None).await?;
                } else if seen.state == State::FailedTemp {
                    return Err(Failure::new(Exit::Failed, format!("{what} failed")).hint(
                        format!("`vnfctl op explain {}` says why, and what to do", seen.id),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Lists what this machine asked of Tacker, the newest first.
///
/// OUTCOME is the operation's last state, REFUSED, NEVER_ARRIVED, or nothing while it is not known.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl op history
  vnfctl op history -o csv > history.csv")]
pub(super) struct History {
    #[command(flatten)]
    listing: Listing,
}

impl History {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let columns = Columns {
            usual: &[
                ("ASKED", "/askedAt"),
                ("WHAT", "/summary"),
                ("OUTCOME", "/outcome"),
                ("OPERATION", "/op"),
            ],
            wide: &[
                ("KIND", "/operation"),
                ("STANDING", "/standing"),
                ("VNF", "/vnfInstanceId"),
            ],
        };
        self.listing.print(columns, &vnfm.history().await?)?;
        Ok(Exit::Done)
    }
}
