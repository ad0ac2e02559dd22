//! `vnfctl alarm`: alarms of VNFs (vnffm).

use clap::{Args, Subcommand};

use super::args::Global;
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::{Exit, Failure, context};
use crate::lifecycle::Vnfm;
use crate::tacker::Condition;

/// Alarms of VNFs.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Alarm,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Alarm {
    /// List alarms, of one VNF when named
    #[command(after_help = "Examples:
  vnfctl alarm list
  vnfctl alarm list --where perceivedSeverity=CRITICAL --where ackState=UNACKNOWLEDGED")]
    List {
        /// Name or id of the VNF
        vnf: Option<String>,
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        listing: Listing,
    },
    /// Show one alarm
    Show {
        /// Id of the alarm, or a beginning of it
        id: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Say that somebody has seen to alarms
    Ack {
        /// Ids of the alarms, or beginnings of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Take back that somebody has seen to alarms
    Unack {
        /// Ids of the alarms, or beginnings of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

const COLUMNS: Columns<'_> = Columns {
    usual: &[
        ("ID", "/id"),
        ("SEVERITY", "/perceivedSeverity"),
        ("STATE", "/ackState"),
        ("RAISED", "/alarmRaisedTime"),
        ("CAUSE", "/probableCause"),
        ("VNF", "/managedObjectId"),
    ],
    wide: &[
        ("CLEARED", "/alarmClearedTime"),
        ("EVENT", "/eventType"),
        ("FAULT", "/faultType"),
        ("VNFCS", "/vnfcInstanceIds"),
        ("DETAILS", "/faultDetails"),
    ],
};

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        match self.what {
            Alarm::List {
                vnf,
                mut conditions,
                listing,
            } => {
                if let Some(name) = vnf {
                    let id = vnfm.find(&name).await?.id;
                    let of = Condition::equal("managedObjectId", &id);
                    conditions.all.push(of);
                }
                let alarms = vnfm.client().alarms(&conditions.all).await?;
                listing.print(COLUMNS, &alarms)?;
            }
            Alarm::Show { id, printing } => {
                let id = vnfm.find_alarm(&id).await?;
                output::one(printing.output, &vnfm.client().alarm(&id).await?)?;
            }
            Alarm::Ack { ids } => acknowledge(&vnfm, &ids, true).await?,
            Alarm::Unack { ids } => acknowledge(&vnfm, &ids, false).await?,
        }
        Ok(Exit::Done)
    }
}

async fn acknowledge(vnfm: &Vnfm, ids: &[String], is_seen: bool) -> Result<(), Failure> {
    for id in ids {
        let id = vnfm.find_alarm(id).await?;
        vnfm.client().acknowledge(&id, is_seen).await?;
    }
    Ok(())
}
