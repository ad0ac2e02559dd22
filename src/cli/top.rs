//! `vnfctl top`: all VNFs on a screen that keeps itself up to date.

mod screen;

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use ratatui::DefaultTerminal;

use super::args::Global;
use super::output::{self, Format};
use super::watch::duration;
use super::{Exit, Failure, context};
use crate::lifecycle::{Overview, Vnfm};
use screen::Screen;

/// VNFs of which a single look shows what they are made of.
const DEEP: usize = 200;

/// Shows all VNFs with what they are at, and keeps that up to date.
///
/// Those that failed and wait for a decision come first, then those that are busy. Keys: up and down, home and end,
/// q or Ctrl-C to leave. Where the output is no terminal, or with -o other than table, it is shown once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl top
  vnfctl top --every 5s
  vnfctl top -o json")]
pub(super) struct Top {
    /// How often to look
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "2s")]
    every: Duration,
    #[command(flatten)]
    printing: output::Printing,
}

impl Top {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let is_table = self.printing.output.is_table();
        if is_table && std::io::stdout().is_terminal() {
            let first = vnfm.overview(0).await?;
            let title = vnfm.client().session().cloud().name.clone();
            let mut terminal = ratatui::try_init().map_err(unusable)?;
            let shown = self.shown(&vnfm, &mut terminal, Screen::new(title, first));
            let shown = shown.await;
            ratatui::restore();
            return shown.map(|()| Exit::Done);
        }
        let overview = vnfm.overview(DEEP).await?;
        match self.printing.output {
            Format::Table | Format::Wide => output::put(&screen::text(&overview))?,
            format => output::one(format, &overview)?,
        }
        Ok(Exit::Done)
    }

    /// Draws until the person leaves; a look that fails is told on the screen.
    async fn shown(
        &self,
        vnfm: &Vnfm,
        terminal: &mut DefaultTerminal,
        mut screen: Screen,
    ) -> Result<(), Failure> {
        let mut events = EventStream::new();
        let mut ticks = tokio::time::interval(self.every.max(Duration::from_millis(100)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            terminal
                .draw(|frame| screen.draw(frame))
                .map_err(unusable)?;
            let deep = usize::from(terminal.size().map_err(unusable)?.height);
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) if leaves(&event) => return Ok(()),
                    Some(Ok(event)) => screen.moved(&event),
                    Some(Err(error)) => return Err(unusable(error)),
                    None => return Ok(()),
                },
                seen = async {
                    ticks.tick().await;
                    vnfm.overview(deep).await
                } => screen.look(seen.map_err(Failure::from)),
            }
        }
    }
}

/// Tells whether the person wants to leave.
fn leaves(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let is_break = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    key.kind == KeyEventKind::Press
        && (is_break || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

fn unusable(error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "the terminal cannot be drawn on").caused_by(error)
}

/// What a look came to.
type Seen = Result<Overview, Failure>;
