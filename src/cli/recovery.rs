//! `vnfctl op explain` and `vnfctl op recover`: what is the matter with an operation, and the way out.

use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::output::{self, Format};
use super::watch::{duration, failed_resources, follow};
use super::{Exit, Failure};
use crate::lifecycle::{
    Advice, Asked, Observed, Strategy, Vnfm, advise, explain, moment, readable,
};
use crate::tacker::FailedResource;

/// Says how an operation stands, why, and what retry, rollback and fail would each do to it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl op explain web1
  vnfctl op explain 1850fcaf -o json")]
pub(super) struct Explain {
    /// Id of the operation, a beginning of it, or a VNF for its newest
    id: String,
    #[command(flatten)]
    printing: output::Printing,
}

impl Explain {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let id = vnfm.find_operation(&self.id).await?;
        let occurrence: Value = vnfm.client().occurrence(&id).await?;
        let seen: Observed = serde_json::from_value(occurrence.clone()).map_err(|error| {
            Failure::new(Exit::Failed, format!("operation {id} is not understood")).caused_by(error)
        })?;
        let since = since(&occurrence);
        let advice = advise(&seen, since);
        let resources = match advice.ways.is_empty() {
            true => Vec::new(),
            false => failed_resources(vnfm, &seen).await,
        };
        match self.printing.output {
            Format::Table | Format::Wide => {
                output::put(&text(&seen, since, &advice, &resources))?;
            }
            format => output::one(format, &data(&seen, &advice, &resources))?,
        }
        Ok(Exit::Done)
    }
}

/// How long an occurrence has been in its state, by this machine's clock.
fn since(occurrence: &Value) -> Option<Duration> {
    let entered = moment(occurrence["stateEnteredTime"].as_str()?)?;
    Duration::try_from(Timestamp::now().duration_since(entered)).ok()
}

fn text(
    seen: &Observed,
    since: Option<Duration>,
    advice: &Advice,
    resources: &[FailedResource],
) -> String {
    let since = match since {
        Some(since) => format!(" for {} s", since.as_secs()),
        None => String::new(),
    };
    let mut text = format!(
        "operation {}: {} of VNF {}\nin {}{since}: {}\n",
        seen.id, seen.operation, seen.vnf_instance_id, seen.state, advice.standing
    );
    let words = explain(seen);
    let why: Vec<_> = words.title.into_iter().chain(words.detail).collect();
    if !why.is_empty() {
        text += &format!("\nwhy: {}\n", why.join(": "));
    }
    for one in resources {
        let reason = readable(&one.reason);
        text += &format!("     {} ({}): {reason}\n", one.name, one.kind);
    }
    if !advice.ways.is_empty() {
        text += "\nwhat each way does here:\n";
    }
    for way in &advice.ways {
        text += &format!("  {:<10}{}\n", way.strategy.verb(), way.does);
    }
    if let Some((strategy, why)) = advice.recommended {
        let (verb, id) = (strategy.verb(), &seen.id);
        text += &format!("\nrecommended: {verb}: {why}\n  vnfctl op {verb} {id}\n");
    }
    text
}

fn data(seen: &Observed, advice: &Advice, resources: &[FailedResource]) -> Value {
    let words = explain(seen);
    let resources: Vec<_> = resources
        .iter()
        .map(|one| json!({"name": one.name, "type": one.kind, "reason": readable(&one.reason)}))
        .collect();
    let recommended = advice
        .recommended
        .map(|(strategy, why)| json!({"strategy": strategy, "because": why}));
    json!({
        "id": seen.id, "vnfInstanceId": seen.vnf_instance_id,
        "operation": seen.operation.to_string(), "operationState": seen.state.to_string(),
        "standing": advice.standing, "title": words.title, "detail": words.detail,
        "failedResources": resources, "ways": advice.ways, "recommended": recommended,
    })
}

/// A way out, as the flag has it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    /// Try again, as often as `--times` says
    Retry,
    /// Undo it
    Rollback,
    /// Give it up
    Fail,
}

/// Takes a failed operation (FAILED_TEMP) out of its state.
///
/// A rollback that Tacker would accept and then refuse is not asked for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl op recover web1 --strategy retry --times 3
  vnfctl op recover web1 --strategy rollback")]
pub(super) struct Recover {
    /// Id of the operation, a beginning of it, or a VNF for its newest
    id: String,
    /// The way out; `vnfctl op explain` says what each does
    #[arg(long, value_enum)]
    strategy: Choice,
    /// How often to try
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// Stop waiting for each try after this time, such as 90s or 20m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

impl Recover {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let id = vnfm.find_operation(&self.id).await?;
        let (strategy, asked) = match self.strategy {
            Choice::Retry => (Strategy::Retry, Asked::Retry),
            Choice::Rollback => (Strategy::Rollback, Asked::Rollback),
            Choice::Fail => {
                vnfm.resolve(&id, "fail").await?;
                return Ok(Exit::Done);
            }
        };
        let seen: Observed = vnfm.client().occurrence(&id).await?;
        let ways = advise(&seen, None).ways;
        let refused = ways
            .iter()
            .find(|way| way.strategy == strategy && !way.leads_out);
        if let Some(way) = refused {
            let message = format!("a {} of operation {id} leads nowhere", strategy.verb());
            return Err(Failure::new(Exit::Conflict, message)
                .because(way.does)
                .hint(format!("`vnfctl op explain {id}` shows the other ways")));
        }
        for time in 1..=self.times {
            vnfm.resolve(&id, strategy.verb()).await?;
            let title = format!("{} of {id}", strategy.verb());
            match follow(vnfm, &title, &id, asked, self.timeout, None).await {
                Ok(_) => break,
                // A failure of the operation is what the next try is for; nothing else is.
                Err(failure) if failure.exit == Exit::Failed && time < self.times => {
                    anstream::eprintln!("{failure}");
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(Exit::Done)
    }
}
