//! `vnfctl drift`: where VNFs are not what Tacker takes them for.

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

use super::args::Global;
use super::listing::{Columns, Listing};
use super::{Exit, Failure, context};
use crate::tacker::Condition;

/// VNFs that are looked at, at the same time.
const AT_ONCE: usize = 8;

/// Compares VNFs as Tacker has them with Heat's stacks, Nova's servers and the numbers of their VNFDs.
///
/// Nothing is changed. `plan` compares them with what a file wants.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl drift
  vnfctl drift web1 web2 --detailed-exitcode   # 0: as Tacker has it, 11: not so
  vnfctl drift --where vnfProductName=web -o json")]
pub(super) struct Drift {
    /// Names or ids of the VNFs [default: all]
    #[arg(value_name = "VNF")]
    vnfs: Vec<String>,
    /// All VNFs that Tacker finds to meet this, as `list --where` takes it; repeatable
    #[arg(
        long = "where",
        value_name = "ATTRIBUTE=VALUE",
        conflicts_with = "vnfs"
    )]
    conditions: Vec<Condition>,
    /// Exit with 11 when something is not as Tacker has it
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    listing: Listing,
}

impl Drift {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let ids: Vec<String> = if self.vnfs.is_empty() {
            let id = |vnf: serde_json::Value| vnf["id"].as_str().unwrap_or_default().to_owned();
            vnfm.client().instances_where(&self.conditions, id).await?
        } else {
            let found = vnfm.find_ids(&self.vnfs).await?;
            found.into_iter().collect::<Result<_, _>>()?
        };
        let count = ids.len();
        let looks = ids.iter().map(async |id| {
            let vnf = vnfm.client().instance(id).await?;
            let drift = vnfm.drift(&vnf).await?;
            Ok::<_, Failure>((vnf.label().to_owned(), drift))
        });
        let looks = futures_util::stream::iter(looks).buffered(AT_ONCE);
        let looks: Vec<_> = looks.try_collect().await?;
        let mut rows = Vec::new();
        for (name, drift) in looks {
            for unseen in &drift.unseen {
                anstream::eprintln!("{name}: not seen: {unseen}");
            }
            rows.extend(drift.differences.into_iter().map(|one| json!(one)));
        }
        let columns = Columns {
            usual: &[
                ("VNF", "/vnf"),
                ("WHAT", "/what"),
                ("SEEN", "/seen"),
                ("DO", "/hint"),
            ],
            wide: &[],
        };
        if rows.is_empty() {
            anstream::eprintln!("{count} VNFs are as Tacker has them");
        }
        self.listing.print(columns, &rows)?;
        Ok(match self.detailed_exitcode && !rows.is_empty() {
            true => Exit::Differs,
            false => Exit::Done,
        })
    }
}
