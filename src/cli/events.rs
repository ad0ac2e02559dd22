//! `vnfctl events`: what becomes of VNFs, as it happens.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::args::Global;
use super::output;
use super::{Exit, Failure, context};
use crate::lifecycle::{Reached, Receiver, Vnfm, is_passing};

/// First and longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(3));

/// Shows what becomes of VNFs as it happens, until Ctrl-C.
///
/// Tacker is asked again and again. With --notify it tells by itself, which is sooner; its server must
/// then reach this machine.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl events
  vnfctl events web1 -o json | jq .operationState
  vnfctl events --notify 192.0.2.10")]
pub(super) struct Events {
    /// Only of these VNFs, by name or id
    #[arg(value_name = "VNF")]
    vnfs: Vec<String>,
    /// Have Tacker tell this machine, which it reaches at this address; without a port any free one
    #[arg(long, value_name = "HOST[:PORT]")]
    notify: Option<Reached>,
    /// How to print each event: a line of text, or a JSON object on one line
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Form,
    /// Stop after so many events
    #[arg(long, value_name = "COUNT")]
    count: Option<usize>,
}

/// How an event is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// That an operation came into a state.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Happening {
    time: Timestamp,
    vnf_instance_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vnf_instance_name: Option<String>,
    operation: String,
    operation_state: String,
    vnf_lcm_op_occ_id: String,
    is_automatic_invocation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Happening {
    /// Reads an occurrence, or a notification of one, whose id stands at `id`.
    fn of(one: &Value, id: &str, names: &BTreeMap<String, String>) -> Option<Self> {
        let text = |key: &str| one[key].as_str().map(str::to_owned);
        let vnf = text("vnfInstanceId")?;
        Some(Self {
            time: Timestamp::now(),
            vnf_instance_name: names.get(&vnf).cloned(),
            vnf_instance_id: vnf,
            operation: text("operation")?,
            operation_state: text("operationState")?,
            vnf_lcm_op_occ_id: text(id)?,
            is_automatic_invocation: one["isAutomaticInvocation"] == true,
            error: one["error"]["detail"].as_str().map(str::to_owned),
        })
    }

    fn line(&self) -> String {
        let vnf = self.vnf_instance_name.as_ref();
        let vnf = vnf.unwrap_or(&self.vnf_instance_id);
        let time = self.time.strftime("%Y-%m-%dT%H:%M:%SZ");
        let (operation, state) = (&self.operation, &self.operation_state);
        let automatic = match self.is_automatic_invocation {
            true => " (automatic)",
            false => "",
        };
        let error = self.error.as_deref().map_or(String::new(), |error| {
            let line = error.replace(char::is_control, " ");
            format!(": {}", line.trim())
        });
        let id = &self.vnf_lcm_op_occ_id;
        format!("{time} {vnf} {operation} {state}{automatic} {id}{error}\n")
    }
}

impl Events {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let mut ids = Vec::new();
        for name in &self.vnfs {
            ids.push(vnfm.find(name).await?.id);
        }
        let mut receiver = match &self.notify {
            Some(at) => Some(vnfm.receive(at, &ids).await?),
            None => None,
        };
        let shown = tokio::select! {
            shown = self.show(&vnfm, &ids, receiver.as_mut()) => shown,
            _ = tokio::signal::ctrl_c() => Ok(()),
        };
        if let Some(receiver) = receiver {
            receiver.end(&vnfm).await?;
        }
        shown.map(|()| Exit::Done)
    }

    async fn show(
        &self,
        vnfm: &Vnfm,
        ids: &[String],
        receiver: Option<&mut Receiver>,
    ) -> Result<(), Failure> {
        let mut teller = Teller {
            events: self,
            names: BTreeMap::new(),
            left: self.count.unwrap_or(usize::MAX),
        };
        match receiver {
            Some(receiver) => {
                while teller.left > 0
                    && let Some(one) = receiver.notifications.recv().await
                {
                    teller.tell(vnfm, &one, "vnfLcmOpOccId").await?;
                }
                Ok(())
            }
            None => teller.poll(vnfm, ids).await,
        }
    }
}

/// Prints events, as many as are wanted.
struct Teller<'e> {
    events: &'e Events,
    names: BTreeMap<String, String>,
    left: usize,
}

impl Teller<'_> {
    async fn tell(&mut self, vnfm: &Vnfm, one: &Value, id: &str) -> Result<(), Failure> {
        let vnf = one["vnfInstanceId"].as_str().unwrap_or_default();
        if !self.names.contains_key(vnf) {
            // One that is gone already has its id only.
            let all = vnfm.client().instances().await?;
            let names = all.into_iter();
            self.names = names
                .map(|vnf| (vnf.id.clone(), vnf.label().to_owned()))
                .collect();
        }
        let Some(happening) = Happening::of(one, id, &self.names) else {
            return Ok(());
        };
        let text = match self.events.output {
            Form::Text => happening.line(),
            Form::Json => serde_json::to_string(&happening).map_err(output::cannot)? + "\n",
        };
        output::put(&text)?;
        self.left -= 1;
        Ok(())
    }

    async fn poll(&mut self, vnfm: &Vnfm, ids: &[String]) -> Result<(), Failure> {
        let mut known: Option<HashMap<String, String>> = None;
        let mut pause = PAUSES.0;
        while self.left > 0 {
            let all: Vec<Value> = match vnfm.client().occurrences(None).await {
                Ok(all) => all,
                Err(error) if is_passing(&error) => {
                    anstream::eprintln!("{error}");
                    tokio::time::sleep(PAUSES.1).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let mut now = HashMap::new();
            for one in &all {
                let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
                if !ids.is_empty() && !ids.contains(&text("vnfInstanceId")) {
                    continue;
                }
                let (id, state) = (text("id"), text("operationState"));
                // What was before the first look did not happen now.
                let is_new = known
                    .as_ref()
                    .is_some_and(|known| known.get(&id) != Some(&state));
                if is_new && self.left > 0 {
                    self.tell(vnfm, one, "id").await?;
                    pause = PAUSES.0;
                }
                now.insert(id, state);
            }
            known = Some(now);
            tokio::time::sleep(pause).await;
            pause = pause.mul_f32(1.3).min(PAUSES.1);
        }
        Ok(())
    }
}
