//! The whole command tree in one place, so that `--help` can be read as a table of contents.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::tacker::Generation;

use super::embedded::{Embedded, State};
use super::{
    Exit, Failure, alarm, api, autoheal, autoscale, change, cilium, completions, devstack, doctor,
    drift, events, explain, image, key, kubeconfig, live, man, mesh, op, package, plan, pm,
    sandbox, show, subscription, test, top, vim, vnf,
};

/// Builds, checks and runs ETSI NFV packages on OpenStack Tacker.
#[derive(Debug, Parser)]
#[command(name = "vnfctl", version)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// Cloud of clouds.yaml to use
    #[arg(long, env = "OS_CLOUD", global = true, value_name = "NAME")]
    pub(super) os_cloud: Option<String>,
    /// File of certificate authorities to trust (PEM)
    #[arg(
        long,
        env = "OS_CACERT",
        global = true,
        value_name = "FILE",
        hide_short_help = true
    )]
    pub(super) os_cacert: Option<PathBuf>,
    /// Accept any TLS certificate
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) insecure: bool,
    /// Generation of VNF lifecycle management, whose VNFs the other one does not know: 1 or 2
    #[arg(
        long,
        env = "OS_TACKER_API_VERSION",
        global = true,
        value_name = "NUMBER",
        default_value = "2",
        hide_short_help = true
    )]
    pub(super) os_tacker_api_version: Generation,
    /// Work on an embedded VNFM, which remembers, instead of a cloud
    #[arg(long, global = true)]
    pub(super) sandbox: bool,
    /// Show exchanges with the cloud on stderr; -vv with bodies
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// How -v and warnings are written
    #[arg(
        long,
        env = "VNFCTL_LOG_FORMAT",
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_short_help = true
    )]
    pub(super) log: LogForm,
    /// The embedded VNFM, once it runs.
    #[arg(skip)]
    pub(super) embedded: Option<Embedded>,
}

/// How the program's log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogForm {
    /// For a person
    Text,
    /// One JSON object per line, with the time (RFC 3339) and the level
    Json,
}

/// What a person can ask for.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make and push VNF packages
    #[command(subcommand)]
    Package(package::Package),
    /// Make images for a cluster's nodes
    #[command(subcommand)]
    Image(image::Image),
    /// Make a VNF out of an onboarded package
    Instantiate(vnf::Instantiate),
    /// Add or remove VNFCs of a VNF
    Scale(vnf::Scale),
    /// Replace VNFCs of a VNF, or all of it
    Heal(vnf::Heal),
    /// Let alerts heal a VNF, or not
    #[command(subcommand)]
    Autoheal(autoheal::Command),
    /// Let alerts scale a VNF, or not
    #[command(subcommand)]
    Autoscale(autoscale::Command),
    /// Move a VNF that runs to another package
    ChangeVnfpkg(change::ChangeVnfpkg),
    /// Connect a VNF to other networks
    ChangeExtConn(change::ChangeExtConn),
    /// Change what Tacker notes about a VNF
    Modify(change::Modify),
    /// Take a VNF's resources away
    Terminate(vnf::Terminate),
    /// Show what would lead to the VNFs that a file wants
    Plan(plan::Command),
    /// Do what leads to the VNFs that a file wants
    Apply(plan::Apply),
    /// Show where VNFs are not what Tacker takes them for
    Drift(drift::Drift),
    /// List the VNFs
    List(vnf::List),
    /// Show one VNF
    Show(show::Show),
    /// Show one VNF again whenever it changes
    Watch(live::Watch),
    /// Show all VNFs on a screen that keeps itself up to date
    Top(top::Top),
    /// Operations: see, wait for and mend them
    Op(op::Command),
    /// The clouds that Tacker puts VNFs on
    Vim(vim::Command),
    /// Fetch the administrator's kubeconfig of a cluster
    Kubeconfig(kubeconfig::Command),
    /// Look into a cluster's Cilium
    Cilium(cilium::Command),
    /// Join clusters to a mesh, and part them
    Mesh(mesh::Command),
    /// SSH keys for nodes, kept in Barbican
    Key(key::Command),
    /// Play test scenarios and report
    #[command(subcommand)]
    Test(test::Test),
    /// Prepare devstacks with Tacker, Kubernetes and Cilium
    #[command(subcommand)]
    Devstack(devstack::Devstack),
    /// Say what a finding's code means
    Explain(explain::Explain),
    /// Serve an embedded VNFM on loopback until Ctrl-C
    Sandbox(sandbox::Command),
    /// Look whether Tacker and its cloud are fit to work with
    Doctor(doctor::Doctor),
    /// Show what becomes of VNFs as it happens
    Events(events::Events),
    /// Alarms of VNFs
    Alarm(alarm::Command),
    /// Measure VNFs
    Pm(pm::Command),
    /// Who is told of what becomes of VNFs
    Subscription(subscription::Command),
    /// Send Tacker a request in your own words
    Api(api::Api),
    /// Print the script by which a shell completes commands and options
    // Used once, when the program is installed: not worth a line of the first page.
    #[command(hide = true)]
    Completions(completions::Completions),
    /// Write the manual's pages into a folder
    #[command(hide = true)]
    Man(man::Man),
}

impl Command {
    /// Tells which state of the embedded VNFM the command works on; none does without a VNFM.
    pub(super) fn state(&self) -> Option<State> {
        match self {
            Self::Package(command) if command.is_local() => None,
            Self::Sandbox(_) | Self::Image(_) | Self::Devstack(_) | Self::Explain(_) => None,
            Self::Completions(_) | Self::Man(_) => None,
            // A scenario brings what it needs and takes it away; two may run at once.
            Self::Test(_) => Some(State::Fresh),
            _ => Some(State::Kept),
        }
    }

    /// Runs the command.
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        match self {
            Self::Package(command) => command.run(global).await,
            Self::Image(command) => command.run().await,
            Self::Instantiate(command) => command.run(global).await,
            Self::Scale(command) => command.run(global).await,
            Self::Heal(command) => command.run(global).await,
            Self::Autoheal(command) => command.run(global).await,
            Self::Autoscale(command) => command.run(global).await,
            Self::ChangeVnfpkg(command) => command.run(global).await,
            Self::ChangeExtConn(command) => command.run(global).await,
            Self::Modify(command) => command.run(global).await,
            Self::Plan(command) => command.run(global).await,
            Self::Apply(command) => command.run(global).await,
            Self::Drift(command) => command.run(global).await,
            Self::Terminate(command) => command.run(global).await,
            Self::List(command) => command.run(global).await,
            Self::Show(command) => command.run(global).await,
            Self::Op(command) => command.run(global).await,
            Self::Vim(command) => command.run(global).await,
            Self::Kubeconfig(command) => command.run(global).await,
            Self::Cilium(command) => command.run(global).await,
            Self::Mesh(command) => command.run(global).await,
            Self::Key(command) => command.run(global).await,
            Self::Test(command) => command.run(global).await,
            Self::Devstack(command) => command.run().await,
            Self::Explain(command) => command.run(),
            Self::Sandbox(command) => command.run().await,
            Self::Doctor(command) => command.run(global).await,
            Self::Watch(command) => command.run(global).await,
            Self::Top(command) => command.run(global).await,
            Self::Events(command) => command.run(global).await,
            Self::Alarm(command) => command.run(global).await,
            Self::Pm(command) => command.run(global).await,
            Self::Subscription(command) => command.run(global).await,
            Self::Api(command) => command.run(global).await,
            Self::Completions(command) => command.run(),
            Self::Man(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_fits_a_screen() {
        let lines = Cli::command().render_help().to_string().lines().count();
        assert!(lines <= 50, "{lines} lines");
    }
}
