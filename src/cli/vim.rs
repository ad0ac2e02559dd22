//! `vnfctl vim`: the VIMs that Tacker knows.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::Global;
use super::listing::{Columns, Listing};
use super::login::Login;
use super::output;
use super::{Exit, Failure, context};
use crate::cluster::{Naming, TackerAccount};
use crate::lifecycle::Vnfm;
use crate::tacker::{KubernetesVim, VimSummary};

/// The clouds that Tacker puts VNFs on.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Vim,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Vim {
    /// Register your own account's cloud, or a Kubernetes cluster
    Add(Add),
    /// List VIMs
    List(Listing),
    /// Show one VIM
    Show {
        /// Name or id
        vim: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Change a VIM's name, description, account, or whether it is the default
    Update(Update),
    /// Delete a VIM's registration
    Delete {
        /// Name or id
        vim: String,
    },
}

/// Registers your own account's cloud, or a Kubernetes cluster: with --from-cluster one that is a
/// VNF, with --kubeconfig any other.
///
/// A cluster gets an account for Tacker with the rights that its driver needs, made over SSH on
/// a control plane, or by this machine's kubectl; its token goes to Tacker and nowhere else.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("cluster").args(["from_cluster", "kubeconfig"]))]
#[command(after_help = "Examples:
  vnfctl vim add site --default
  vnfctl vim add edge-pods --from-cluster edge1
  vnfctl vim add site-pods --kubeconfig site.yaml --context site")]
struct Add {
    /// Name for the VIM
    name: String,
    /// Use it when a request names none
    #[arg(long)]
    default: bool,
    /// Register this VNF's Kubernetes cluster, by the VNF's name or id
    #[arg(long, value_name = "VNF")]
    from_cluster: Option<String>,
    /// Register the Kubernetes cluster of this kubeconfig
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    context: Option<String>,
    /// Address at which Tacker reaches the API server [default: the cluster's own]
    #[arg(long, value_name = "HOST[:PORT]", requires = "from_cluster")]
    server: Option<String>,
    /// Namespace that stands for the VIM's project
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        requires = "cluster"
    )]
    namespace: String,
    #[command(flatten)]
    login: Login,
    #[command(flatten)]
    printing: output::Printing,
}

/// Changes a VIM's registration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl vim update site --name site-a --description 'the lab in the cellar'
  vnfctl vim update site --renew-account")]
struct Update {
    /// Name or id
    vim: String,
    /// Its new name
    #[arg(long)]
    name: Option<String>,
    /// Its new description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Use it when a request names none; false takes that back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    default: Option<bool>,
    /// Have Tacker log in with your own account as it is now, as after a change of its password
    #[arg(long)]
    renew_account: bool,
    #[command(flatten)]
    printing: output::Printing,
}

impl Update {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let mut changes = serde_json::Map::new();
        if let Some(name) = &self.name {
            changes.insert("name".into(), name.as_str().into());
        }
        if let Some(description) = &self.description {
            changes.insert("description".into(), description.as_str().into());
        }
        if let Some(default) = self.default {
            changes.insert("is_default".into(), default.into());
        }
        let client = vnfm.client();
        if self.renew_account {
            changes.extend(client.account_for_vim(client.session().cloud())?);
        }
        if changes.is_empty() {
            return Err(Failure::new(Exit::Usage, "nothing is to be changed")
                .hint("`vnfctl vim update --help` lists what can be"));
        }
        let id = vnfm.find_vim(&self.vim).await?.id;
        let mut vim = client.update_vim(&id, changes.into()).await?;
        // What Tacker encrypted is of no use to anybody.
        vim.rest.remove("auth_cred");
        output::one(self.printing.output, &vim)
    }
}

impl Add {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let client = vnfm.client();
        let vim = match (&self.from_cluster, &self.kubeconfig) {
            (Some(vnf), _) => {
                let account = self.account_of(vnfm, vnf).await?;
                self.cluster(vnfm, account).await?
            }
            (None, Some(file)) => {
                let account = TackerAccount::by_kubeconfig(file, self.context.as_deref());
                self.cluster(vnfm, account.await?).await?
            }
            (None, None) => {
                let account = client.session().cloud();
                client.add_vim(&self.name, account, self.default).await?
            }
        };
        output::one(self.printing.output, &vim)
    }

    async fn account_of(&self, vnfm: &Vnfm, vnf: &str) -> Result<TackerAccount, Failure> {
        let vnf = vnfm.find(vnf).await?;
        let entry = self.login.enter(vnfm, &vnf).await?;
        let made = async {
            let kubeconfig = entry.kubeconfig().await?.named(&Naming {
                context: vnf.label(),
                vnf: &vnf.id,
                server: self.server.as_deref(),
            })?;
            Ok(entry.tacker_account(&kubeconfig).await?)
        };
        let made = made.await;
        entry.close().await;
        made
    }

    async fn cluster(&self, vnfm: &Vnfm, account: TackerAccount) -> Result<VimSummary, Failure> {
        let cluster = KubernetesVim {
            server: &account.server,
            token: &account.token,
            authority: &account.authority,
            namespace: &self.namespace,
        };
        let registered = vnfm
            .client()
            .add_kubernetes_vim(&self.name, &cluster, self.default)
            .await;
        let mut vim = registered.map_err(|error| {
            let server = &account.server;
            let how = if self.from_cluster.is_some() { " (--server)" } else { "" };
            Failure::from(error).hint(format!(
                "Tacker itself logs in to the cluster: its API must be reachable from there at {server}{how}"
            ))
        })?;
        // Tacker answers with what it encrypted, the CA as a list of numbers.
        vim.rest.remove("auth_cred");
        Ok(vim)
    }
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let client = vnfm.client();
        match self.what {
            Vim::Add(add) => add.run(&vnfm).await?,
            Vim::List(listing) => {
                let columns = Columns {
                    usual: &[
                        ("NAME", "/name"),
                        ("TYPE", "/type"),
                        ("DEFAULT", "/is_default"),
                        ("ADDRESS", "/auth_url"),
                        ("ID", "/id"),
                    ],
                    wide: &[
                        ("STATUS", "/status"),
                        ("PROJECT", "/vim_project/name"),
                        ("DESCRIPTION", "/description"),
                    ],
                };
                listing.print(columns, &client.vims().await?)?;
            }
            Vim::Show { vim, printing } => {
                output::one(printing.output, &vnfm.find_vim(&vim).await?)?;
            }
            Vim::Update(update) => update.run(&vnfm).await?,
            Vim::Delete { vim } => client.delete_vim(&vnfm.find_vim(&vim).await?.id).await?,
        }
        Ok(Exit::Done)
    }
}
