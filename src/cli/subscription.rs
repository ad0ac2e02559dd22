//! `vnfctl subscription`: who is told of what becomes of VNFs.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use url::Url;

use super::args::Global;
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::{Exit, Failure, context};
use crate::lifecycle::Vnfm;

/// Subscriptions to what becomes of VNFs.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Subscription,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Subscription {
    /// Have Tacker send notifications to an address
    Create(Create),
    /// List subscriptions
    List {
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        listing: Listing,
    },
    /// Show one subscription
    Show {
        /// Id of the subscription
        id: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// End subscriptions
    Delete {
        /// Ids of the subscriptions
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

const COLUMNS: Columns<'_> = Columns {
    usual: &[("ID", "/id"), ("CALLBACK", "/callbackUri")],
    wide: &[
        ("VERBOSITY", "/verbosity"),
        ("NOTIFICATIONS", "/filter/notificationTypes"),
        ("OPERATIONS", "/filter/operationTypes"),
        ("STATES", "/filter/operationStates"),
        (
            "VNFS",
            "/filter/vnfInstanceSubscriptionFilter/vnfInstanceIds",
        ),
        ("VNFDS", "/filter/vnfInstanceSubscriptionFilter/vnfdIds"),
    ],
};

/// Has Tacker send notifications to an address, of all VNFs or of those that are named.
///
/// Tacker asks the address with GET at once, and it must answer 204; notifications are sent to it
/// with POST.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl subscription create http://192.0.2.10:9890/
  vnfctl subscription create https://ops.example/tacker --vnf edge1 --operation HEAL --operation SCALE
  vnfctl subscription create https://ops.example/tacker --state FAILED_TEMP --user vnfm --password-file FILE")]
struct Create {
    /// Where Tacker sends the notifications (http or https)
    callback: Url,
    /// Only of this VNF, by name or id; repeatable
    #[arg(long = "vnf", value_name = "VNF")]
    vnfs: Vec<String>,
    /// Only of VNFs of this VNFD; repeatable
    #[arg(long = "vnfd", value_name = "ID")]
    vnfds: Vec<String>,
    /// Only of this operation, such as HEAL; repeatable
    #[arg(long = "operation", value_name = "OPERATION")]
    operations: Vec<String>,
    /// Only of this state of an operation, such as FAILED_TEMP; repeatable
    #[arg(long = "state", value_name = "STATE")]
    states: Vec<String>,
    /// Only notifications of this type, such as VnfIdentifierCreationNotification; repeatable
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Leave out of the notifications what an operation changed
    #[arg(long)]
    short: bool,
    /// User by which Tacker authenticates to the address (basic authentication)
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// File with that user's password in its first line
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    printing: output::Printing,
}

impl Create {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let mut request = json!({
            "callbackUri": self.callback,
            "verbosity": if self.short { "SHORT" } else { "FULL" },
        });
        if let (Some(user), Some(file)) = (&self.user, &self.password_file) {
            request["authentication"] = json!({
                "authType": ["BASIC"],
                "paramsBasic": {"userName": user, "password": password(file)?},
            });
        }
        let filter = self.filter(vnfm).await?;
        if !filter.is_empty() {
            request["filter"] = Value::Object(filter);
        }
        let made = vnfm.client().subscribe(request).await;
        let made = made.map_err(|error| {
            // 422 for another answer than 204, and 500 for none at all.
            let unheard = error.status.is_some_and(|status| {
                status.as_u16() == 422
                    || status.is_server_error() && error.detail.contains(self.callback.as_str())
            });
            let failure = Failure::from(error);
            if !unheard {
                return failure;
            }
            failure.hint("the address must answer a GET from Tacker's server with 204")
        })?;
        output::one(self.printing.output, &made)
    }

    async fn filter(&self, vnfm: &Vnfm) -> Result<Map<String, Value>, Failure> {
        let mut ids = Vec::new();
        for name in &self.vnfs {
            ids.push(vnfm.find(name).await?.id);
        }
        let mut vnfs = Map::new();
        put(&mut vnfs, "vnfInstanceIds", &ids);
        put(&mut vnfs, "vnfdIds", &self.vnfds);
        let mut filter = Map::new();
        if !vnfs.is_empty() {
            filter.insert("vnfInstanceSubscriptionFilter".into(), Value::Object(vnfs));
        }
        put(&mut filter, "notificationTypes", &self.types);
        put(&mut filter, "operationTypes", &self.operations);
        put(&mut filter, "operationStates", &self.states);
        Ok(filter)
    }
}

/// An empty list would let nothing through, so none is sent.
fn put(members: &mut Map<String, Value>, name: &str, values: &[String]) {
    if !values.is_empty() {
        members.insert(name.into(), json!(values));
    }
}

fn password(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unread(file, error))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let message = format!("{} has no password in its first line", file.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(line.to_owned())
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let client = vnfm.client();
        match self.what {
            Subscription::Create(create) => create.run(&vnfm).await?,
            Subscription::List {
                conditions,
                listing,
            } => listing.print(COLUMNS, &client.subscriptions(&conditions.all).await?)?,
            Subscription::Show { id, printing } => {
                output::one(printing.output, &client.subscription(&id).await?)?;
            }
            Subscription::Delete { ids } => {
                for id in &ids {
                    client.unsubscribe(id).await?;
                }
            }
        }
        Ok(Exit::Done)
    }
}
