//! The whole command tree in one place, so that `--help` can be read as a table of contents.

use clap::{Args, Parser, Subcommand};

use super::{Exit, Failure};

/// Builds, checks and runs ETSI NFV packages on OpenStack Tacker.
#[derive(Debug, Parser)]
#[command(name = "vnfctl", version, propagate_version = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Cloud of clouds.yaml to use
    #[arg(long, env = "OS_CLOUD", global = true, value_name = "NAME")]
    pub(super) os_cloud: Option<String>,
    /// Run against an embedded VNFM that lives as long as this command
    #[arg(long, global = true)]
    pub(super) sandbox: bool,
}

/// What a person can ask for.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make, check and push VNF packages
    #[command(subcommand)]
    Package(Package),
    /// Serve an embedded VNFM on loopback until Ctrl-C
    Sandbox(super::sandbox::Command),
}

/// Make, check and push VNF packages.
#[derive(Debug, Subcommand)]
pub(super) enum Package {}

impl Command {
    /// Runs the command.
    pub(super) async fn run(self, _global: &Global) -> Result<Exit, Failure> {
        match self {
            Self::Package(command) => match command {},
            Self::Sandbox(command) => command.run().await,
        }
    }
}
