//! `vnfctl watch`: the picture of a VNF, drawn anew whenever it changes.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType};

use super::args::Global;
use super::output::cannot;
use super::{Exit, Failure, context, show};
use crate::lifecycle::{Picture, Reached, Receiver, Vnfm};
use crate::tacker::Kind;

/// First and longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(3));

/// Shows a VNF as `show --tree` does, again whenever something has changed, until no operation runs on it.
///
/// The exit code is 0 when its newest operation was completed, and 1 when it failed, was rolled back or waits for a
/// decision. Ctrl-C stops the watching alone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl watch web1
  vnfctl watch web1 --notify 192.0.2.10
  vnfctl scale web1 --out --no-wait && vnfctl watch web1")]
pub(super) struct Watch {
    /// Name or id of the VNF
    vnf: String,
    /// Go on when no operation runs, until Ctrl-C
    #[arg(long)]
    forever: bool,
    /// Have Tacker tell of changes by itself: the address at which it reaches this machine
    #[arg(long, value_name = "HOST[:PORT]")]
    notify: Option<Reached>,
}

impl Watch {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let id = vnfm.find(&self.vnf).await?.id;
        let receiver = match &self.notify {
            Some(at) => Some(vnfm.receive(at, std::slice::from_ref(&id)).await?),
            None => None,
        };
        let watched = tokio::select! {
            watched = self.watched(&vnfm, &id, receiver.as_ref()) => watched,
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        };
        if let Some(receiver) = receiver
            && let Err(error) = receiver.end(&vnfm).await
        {
            anstream::eprintln!("warning: the subscription stays in Tacker: {error}");
        }
        watched
    }

    async fn watched(
        &self,
        vnfm: &Vnfm,
        id: &str,
        receiver: Option<&Receiver>,
    ) -> Result<Exit, Failure> {
        let woken = receiver.map(Receiver::woken);
        let mut shown = String::new();
        let mut pause = PAUSES.0;
        loop {
            let vnf = match vnfm.client().instance(id).await {
                Ok(vnf) => vnf,
                Err(error) if error.kind == Kind::NotFound && !shown.is_empty() => {
                    anstream::eprintln!("{} is gone", self.vnf);
                    return Ok(Exit::Done);
                }
                Err(error) => return Err(error.into()),
            };
            let picture = vnfm.picture(&vnf).await?;
            let text = show::tree(&picture).to_string();
            if text != shown {
                draw(&text, shown.is_empty()).map_err(cannot)?;
                shown = text;
                pause = PAUSES.0;
            }
            if let Some(exit) = ended(&picture).filter(|_| !self.forever) {
                return Ok(exit);
            }
            let told = async {
                match &woken {
                    Some(woken) => woken.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = told => {}
            }
            pause = pause.mul_f32(1.5).min(PAUSES.1);
        }
    }
}

/// How it ended, when no operation runs.
fn ended(picture: &Picture) -> Option<Exit> {
    let Some(operation) = &picture.operation else {
        return Some(Exit::Done);
    };
    match operation.state.as_str() {
        "COMPLETED" => Some(Exit::Done),
        "FAILED_TEMP" => Some(Exit::Failed),
        _ if operation.is_over() => Some(Exit::Failed),
        _ => None,
    }
}

/// On a terminal in place of what was there, else below it.
fn draw(text: &str, is_first: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        queue!(out, Clear(ClearType::All), MoveTo(0, 0))?;
    } else if !is_first {
        writeln!(out)?;
    }
    write!(out, "{text}")?;
    out.flush()
}
