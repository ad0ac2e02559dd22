//! `vnfctl subscription`: who is told of what becomes of VNFs, and of their alarms.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use url::Url;

use super::args::Global;
use super::basic::Basic;
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::{Exit, Failure, context};
use crate::lifecycle::Vnfm;
use crate::tacker::About;

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
    Create(Box<Create>),
    /// List subscriptions
    List {
        #[command(flatten)]
        which: Which,
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
        which: Which,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// End subscriptions
    Delete {
        /// Ids of the subscriptions
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
}

/// Which subscriptions.
#[derive(Debug, Clone, Copy, Args)]
struct Which {
    /// Those to alarms
    #[arg(long)]
    alarms: bool,
}

impl Which {
    fn about(self) -> About {
        match self.alarms {
            true => About::Alarms,
            false => About::Lifecycle,
        }
    }
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
  vnfctl subscription create https://ops.example/tacker --alarms --severity CRITICAL
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
    #[arg(
        long = "operation",
        value_name = "OPERATION",
        conflicts_with = "alarms"
    )]
    operations: Vec<String>,
    /// Only of this state of an operation, such as FAILED_TEMP; repeatable
    #[arg(long = "state", value_name = "STATE", conflicts_with = "alarms")]
    states: Vec<String>,
    /// Only notifications of this type, such as VnfIdentifierCreationNotification; repeatable
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    #[command(flatten)]
    which: Which,
    /// Only alarms of this severity, such as CRITICAL; repeatable
    #[arg(long = "severity", value_name = "SEVERITY", requires = "alarms")]
    severities: Vec<String>,
    /// Only alarms of events of this type, such as QOS_ALARM; repeatable
    #[arg(long = "event", value_name = "TYPE", requires = "alarms")]
    events: Vec<String>,
    /// Only alarms of faulty resources of this type: COMPUTE, STORAGE or NETWORK; repeatable
    #[arg(long = "resource", value_name = "TYPE", requires = "alarms")]
    resources: Vec<String>,
    /// Only alarms with this probable cause; repeatable
    #[arg(long = "cause", value_name = "TEXT", requires = "alarms")]
    causes: Vec<String>,
    /// Leave out of the notifications what an operation changed
    #[arg(long)]
    short: bool,
    #[command(flatten)]
    basic: Basic,
    #[command(flatten)]
    printing: output::Printing,
}

impl Create {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let mut request = json!({
            "callbackUri": self.callback,
            "verbosity": if self.short { "SHORT" } else { "FULL" },
        });
        authenticate(&mut request, &self.basic)?;
        let filter = self.filter(vnfm).await?;
        if !filter.is_empty() {
            request["filter"] = Value::Object(filter);
        }
        let made = vnfm.client().subscribe(self.which.about(), request).await;
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
        put(&mut filter, "perceivedSeverities", &self.severities);
        put(&mut filter, "eventTypes", &self.events);
        put(&mut filter, "faultyResourceTypes", &self.resources);
        put(&mut filter, "probableCauses", &self.causes);
        Ok(filter)
    }
}

/// An empty list would let nothing through, so none is sent.
fn put(members: &mut Map<String, Value>, name: &str, values: &[String]) {
    if !values.is_empty() {
        members.insert(name.into(), json!(values));
    }
}

/// Puts a login for the callback's address into a request.
///
/// # Errors
/// The password cannot be read.
pub(super) fn authenticate(request: &mut Value, basic: &Basic) -> Result<(), Failure> {
    if let Some((user, password)) = basic.login()? {
        request["authentication"] = json!({
            "authType": ["BASIC"],
            "paramsBasic": {"userName": user, "password": password.expose_secret()},
        });
    }
    Ok(())
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let client = vnfm.client();
        match self.what {
            Subscription::Create(create) => create.run(&vnfm).await?,
            Subscription::List {
                which,
                conditions,
                listing,
            } => {
                let all = client.subscriptions(which.about(), &conditions.all);
                listing.print(COLUMNS, &all.await?)?;
            }
            Subscription::Show {
                id,
                which,
                printing,
            } => {
                let found = client.subscription(which.about(), &id).await?;
                output::one(printing.output, &found)?;
            }
            Subscription::Delete { ids, which } => {
                for id in &ids {
                    client.unsubscribe(which.about(), id).await?;
                }
            }
        }
        Ok(Exit::Done)
    }
}
