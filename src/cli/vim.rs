//! `vnfctl vim`: the VIMs that Tacker knows.

use clap::{Args, Subcommand};

use super::args::Global;
use super::output;
use super::{Exit, Failure, context};

/// The clouds that Tacker puts VNFs on.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Vim,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Vim {
    /// Register your own account's cloud
    Add {
        /// Name for the VIM
        name: String,
        /// Use it when a request names none
        #[arg(long)]
        default: bool,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// List VIMs
    List(output::Printing),
    /// Show one VIM
    Show {
        /// Name or id
        vim: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Delete a VIM's registration
    Delete {
        /// Name or id
        vim: String,
    },
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let client = vnfm.client();
        match self.what {
            Vim::Add {
                name,
                default,
                printing,
            } => {
                let vim = client
                    .add_vim(&name, client.session().cloud(), default)
                    .await?;
                output::one(printing.output, &vim)?;
            }
            Vim::List(printing) => {
                let columns = [
                    ("NAME", "/name"),
                    ("TYPE", "/type"),
                    ("DEFAULT", "/is_default"),
                    ("ADDRESS", "/auth_url"),
                    ("ID", "/id"),
                ];
                output::list(printing.output, &columns, &client.vims().await?)?;
            }
            Vim::Show { vim, printing } => {
                output::one(printing.output, &vnfm.find_vim(&vim).await?)?;
            }
            Vim::Delete { vim } => client.delete_vim(&vnfm.find_vim(&vim).await?.id).await?,
        }
        Ok(Exit::Done)
    }
}
