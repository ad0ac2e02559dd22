//! The command line: arguments in, a room of the library called, the outcome printed.
//!
//! The only room that prints, reads the environment and knows exit codes. One file per command.

mod alarm;
mod api;
mod args;
mod autoheal;
mod automatic;
mod autoscale;
mod basic;
mod build;
mod certify;
mod change;
mod cilium;
mod completions;
mod context;
mod devstack;
mod diff;
mod doctor;
mod drift;
mod embedded;
mod environment;
mod events;
mod explain;
mod extract;
pub mod failure;
mod fleet;
mod format;
mod image;
mod inspect;
mod key;
mod kubeconfig;
mod listing;
mod live;
mod lock;
mod login;
mod lsp;
mod man;
mod mesh;
mod onboarded;
mod op;
mod opening;
mod output;
mod package;
mod plan;
mod pm;
mod progress;
mod recovery;
mod request;
mod resume;
mod sandbox;
mod show;
mod signing;
mod stream;
mod subscription;
mod test;
mod top;
mod types;
mod validate;
mod vim;
mod vnf;
mod watch;

use clap::{CommandFactory as _, FromArgMatches as _};
use std::process::ExitCode;

pub use failure::{Exit, Failure};

/// The command line that the program takes, to check written commands against it.
#[must_use]
pub fn command() -> clap::Command {
    args::Cli::command()
}

/// Runs the program on the process's arguments and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let mut command = command();
    if environment::is_any() {
        command = environment::applied(command, &|name| std::env::var_os(name));
    }
    let cli = args::Cli::from_arg_matches(&command.get_matches());
    let cli = cli.unwrap_or_else(|error| error.exit());
    listen(cli.global.verbose, cli.global.log);
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            anstream::eprintln!("{failure}");
            failure.exit.into()
        }
    }
}

/// Shows on stderr what the rooms have to say beside their results; `VNFCTL_LOG=debug` shows more.
///
/// `-v` shows each exchange with the cloud, `-vv` its bodies too. Of this program alone: libraries
/// log requests, and those have secrets in them.
fn listen(verbose: u8, form: args::LogForm) {
    let level = std::env::var("VNFCTL_LOG").ok();
    let level = level.and_then(|level| level.parse().ok());
    let level = level.unwrap_or(tracing::Level::WARN);
    let exchanges = match verbose {
        0 => level,
        1 => level.max(tracing::Level::INFO),
        _ => level.max(tracing::Level::DEBUG),
    };
    let filter = format!("vnfctl={level},vnfctl::http={exchanges}");
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if form == args::LogForm::Json {
        log.json().flatten_event(true).init();
        return;
    }
    log.without_time()
        .with_target(false)
        .with_ansi(anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never)
        .init();
}

fn run(cli: args::Cli) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, "cannot start the runtime").caused_by(error))?;
    runtime.block_on(async {
        let args::Cli {
            mut global,
            command,
        } = cli;
        if let Some(state) = command.state().filter(|_| global.sandbox) {
            global.embedded = Some(embedded::Embedded::start(state).await?);
        }
        let result = command.run(&global).await;
        if let Some(embedded) = &global.embedded {
            embedded.settled().await;
        }
        result
    })
}
