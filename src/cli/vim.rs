//! `vnfctl vim`: the VIMs that Tacker knows.

use clap::Subcommand;

use super::args::Global;
use super::output;
use super::{Exit, Failure, context};

/// The clouds that Tacker puts VNFs on.
#[derive(Debug, Subcommand)]
pub(super) enum Vim {
    /// Register your own account's cloud
    Add {
        /// Name for the VIM
        name: String,
        /// Use it when a request names none
        #[arg(long)]
        default: bool,
    },
    /// List VIMs
    List,
    /// Show one VIM
    Show {
        /// Name or id
        vim: String,
    },
    /// Delete a VIM's registration
    Delete {
        /// Name or id
        vim: String,
    },
}

impl Vim {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let client = vnfm.client();
        match self {
            Self::Add { name, default } => {
                let vim = client
                    .add_vim(&name, client.session().cloud(), default)
                    .await?;
                output::one(global.output, &vim)?;
            }
            Self::List => {
                let columns = [
                    ("NAME", "/name"),
                    ("TYPE", "/type"),
                    ("DEFAULT", "/is_default"),
                    ("ADDRESS", "/auth_url"),
                    ("ID", "/id"),
                ];
                output::list(global.output, &columns, &client.vims().await?)?;
            }
            Self::Show { vim } => output::one(global.output, &vnfm.find_vim(&vim).await?)?,
            Self::Delete { vim } => client.delete_vim(&vnfm.find_vim(&vim).await?.id).await?,
        }
        Ok(Exit::Done)
    }
}
