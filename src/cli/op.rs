//! `vnfctl op`: operation occurrences, and what to do with those that got stuck.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::args::Global;
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::watch::{duration, follow};
use super::{Exit, Failure, context, recovery, resume};
use crate::lifecycle::{Asked, Vnfm};
use crate::tacker::{Condition, Generation};

/// Operation occurrences: see, wait for and mend them.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Op,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Op {
    /// List operations, of one VNF when named
    List {
        /// Name or id of the VNF
        vnf: Option<String>,
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        listing: Listing,
    },
    /// Show all that Tacker knows of an operation
    Show {
        /// Id of the operation, a beginning of it, or a VNF for its newest
        id: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Say how an operation stands, why, and what can be done about it
    Explain(recovery::Explain),
    /// Wait until an operation ends
    Wait(Target),
    /// Take a failed operation (FAILED_TEMP) out of its state, trying several times
    Recover(recovery::Recover),
    /// Find out what became of what earlier runs left open, and wait for it
    Resume(resume::Resume),
    /// List what this machine asked of Tacker, and what became of it
    History(resume::History),
    /// Try a failed operation (FAILED_TEMP) again
    Retry(Target),
    /// Undo a failed operation (FAILED_TEMP)
    Rollback(Target),
    /// End an operation that runs where it stands, in FAILED_TEMP (vnflcm v1 only)
    ///
    /// Tacker takes that only once the operation has run for as long as its `[vnf_lcm] operation_timeout`
    /// says, which is a minute.
    Cancel {
        /// Id of the operation, a beginning of it, or a VNF for its newest
        id: String,
        /// Let it end what it is at
        #[arg(long)]
        graceful: bool,
    },
    /// Give a failed operation (FAILED_TEMP) up, leaving things as they are
    Fail {
        /// Id of the operation, a beginning of it, or a VNF for its newest
        id: String,
    },
}

const COLUMNS: Columns<'_> = Columns {
    usual: &[
        ("ID", "/id"),
        ("OPERATION", "/operation"),
        ("STATE", "/operationState"),
        ("STARTED", "/startTime"),
        ("VNF", "/vnfInstanceId"),
    ],
    wide: &[
        ("ENTERED", "/stateEnteredTime"),
        ("AUTOMATIC", "/isAutomaticInvocation"),
        ("ERROR", "/error/detail"),
    ],
};

/// An operation to wait for.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Id of the operation, a beginning of it, or a VNF for its newest
    id: String,
    /// Stop waiting after this time, such as 90s or 20m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

impl Target {
    /// Asks for what the person wants of it, if anything, and waits for its end.
    async fn run(
        &self,
        vnfm: &Vnfm,
        what: &str,
        asked: Asked,
        verb: Option<&str>,
    ) -> Result<(), Failure> {
        let id = vnfm.find_operation(&self.id).await?;
        if let Some(verb) = verb {
            vnfm.resolve(&id, verb).await?;
        }
        let title = format!("{what} {id}");
        follow(vnfm, &title, &id, asked, self.timeout, None).await?;
        Ok(())
    }
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        match self.what {
            Op::List {
                vnf,
                mut conditions,
                listing,
            } => {
                let whole = vnf.is_some() || listing.is_whole();
                if let Some(name) = vnf {
                    let id = vnfm.find(&name).await?.id;
                    conditions.all.push(Condition::equal("vnfInstanceId", &id));
                }
                let all = vnfm.client().occurrences_where(&conditions.all, whole);
                let mut all: Vec<Value> = all.await?;
                // Tacker's order is none, and it tells whole seconds.
                all.sort_by(|one, other| {
                    one["startTime"].as_str().cmp(&other["startTime"].as_str())
                });
                listing.print(COLUMNS, &all)?;
            }
            Op::Show { id, printing } => {
                let id = vnfm.find_operation(&id).await?;
                let occurrence: Value = vnfm.client().occurrence(&id).await?;
                output::one(printing.output, &occurrence)?;
            }
            Op::Cancel { id, graceful } => {
                if vnfm.client().generation() != Generation::V1 {
                    let message = "vnflcm v2 cancels no operation";
                    let hint = "`--os-tacker-api-version 1` is for VNFs of vnflcm v1; of v2's, \
                                `vnfctl op explain` says what can be done";
                    return Err(Failure::new(Exit::Usage, message).hint(hint));
                }
                let id = vnfm.find_operation(&id).await?;
                let mode = if graceful { "GRACEFUL" } else { "FORCEFUL" };
                vnfm.client().cancel(&id, mode).await?;
                anstream::eprintln!("operation {id} is asked to end");
            }
            Op::Explain(command) => return command.run(&vnfm).await,
            Op::Recover(command) => return command.run(&vnfm).await,
            Op::Resume(command) => return command.run(&vnfm).await,
            Op::History(command) => return command.run(&vnfm).await,
            Op::Wait(target) => {
                target.run(&vnfm, "operation", Asked::Start, None).await?;
            }
            Op::Retry(target) => {
                let asked = Asked::Retry;
                target.run(&vnfm, "retry of", asked, Some("retry")).await?;
            }
            Op::Rollback(target) => {
                let asked = Asked::Rollback;
                target
                    .run(&vnfm, "rollback of", asked, Some("rollback"))
                    .await?;
            }
            Op::Fail { id } => {
                let id = vnfm.find_operation(&id).await?;
                vnfm.resolve(&id, "fail").await?;
            }
        }
        Ok(Exit::Done)
    }
}
