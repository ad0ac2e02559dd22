//! `vnfctl cilium`: Cilium's own programs, run where they belong, on a control plane or in a node's
//! agent.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::args::Global;
use super::login::Login;
use super::output::{self, Format};
use super::{Exit, Failure, context};
use crate::cluster::{AgentProgram, Entry, Health};
use crate::ssh::Stdio;

/// Looks into a cluster's Cilium: runs its own programs on a control plane, over SSH.
///
/// What they say is passed on while they say it, and so is their exit code; Ctrl-C ends them there.
/// Options of vnfctl stand before the words of the program.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl cilium edge1 status
  vnfctl cilium edge1 connectivity -- --test no-policies
  vnfctl cilium edge1 sysdump -o edge1.zip -- --quick
  vnfctl cilium edge1 bpf --node edge-worker-qzkfb lb list
  vnfctl cilium edge1 monitor --node edge-worker-qzkfb --type drop
  vnfctl cilium edge1 hubble --node edge-worker-qzkfb observe --verdict DROPPED
  vnfctl cilium edge1 dbg --node edge-worker-qzkfb node list")]
pub(super) struct Command {
    /// Name or id of the VNF
    vnf: String,
    #[command(subcommand)]
    what: What,
}

/// What to run.
#[derive(Debug, Subcommand)]
enum What {
    /// How Cilium is, and each node's agent (`cilium status`)
    Status(Status),
    /// Test the network with pods of its own (`cilium connectivity test`)
    Connectivity(Connectivity),
    /// Collect what is needed to find a fault (`cilium sysdump`), into a file here
    Sysdump(Sysdump),
    /// What an agent has loaded into the kernel (`cilium-dbg bpf`)
    Bpf(InAgent),
    /// Pods as an agent knows them (`cilium-dbg endpoint`)
    Endpoint(InAgent),
    /// Services as an agent knows them (`cilium-dbg service`)
    Service(InAgent),
    /// Encryption of a node's traffic (`cilium-dbg encrypt`)
    Encrypt(InAgent),
    /// BGP sessions of a node (`cilium-dbg bgp`)
    Bgp(InAgent),
    /// What the datapath of a node does, until Ctrl-C (`cilium-dbg monitor`)
    Monitor(InAgent),
    /// Flows that an agent saw (`hubble`)
    Hubble(InAgent),
    /// Anything else of an agent (`cilium-dbg`)
    Dbg(InAgent),
}

#[derive(Debug, Args)]
struct Status {
    #[command(flatten)]
    printing: output::Printing,
    #[command(flatten)]
    login: Login,
}

#[derive(Debug, Args)]
struct Connectivity {
    #[command(flatten)]
    login: Login,
    /// Options of `cilium connectivity test`
    #[arg(last = true, value_name = "OPTION")]
    words: Vec<String>,
}

#[derive(Debug, Args)]
struct Sysdump {
    /// Write to this file, for you alone [default: VNF-sysdump-TIME.zip]
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
    /// Options of `cilium sysdump`
    #[arg(last = true, value_name = "OPTION")]
    words: Vec<String>,
}

#[derive(Debug, Args)]
struct InAgent {
    /// Node whose agent is asked, as Kubernetes and Nova call it [default: the only one]
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    #[command(flatten)]
    login: Login,
    /// Words and options of the program
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "WORD"
    )]
    words: Vec<String>,
}

impl What {
    fn login(&self) -> &Login {
        match self {
            Self::Status(args) => &args.login,
            Self::Connectivity(args) => &args.login,
            Self::Sysdump(args) => &args.login,
            Self::Bpf(args)
            | Self::Endpoint(args)
            | Self::Service(args)
            | Self::Encrypt(args)
            | Self::Bgp(args)
            | Self::Monitor(args)
            | Self::Hubble(args)
            | Self::Dbg(args) => &args.login,
        }
    }

    /// What has to be known before anybody logs in.
    fn check(&self) -> Result<(), Failure> {
        if let Self::Sysdump(args) = self
            && args
                .words
                .iter()
                .any(|word| word.starts_with("--output-filename"))
        {
            let message = "`--output-filename` would name a file on the node";
            return Err(Failure::new(Exit::Usage, message).hint("-o FILE names the file here"));
        }
        Ok(())
    }
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        self.what.check()?;
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        let entry = self.what.login().enter(&vnfm, &vnf).await?;
        let done = self.what.run(&entry, vnf.label()).await;
        entry.close().await;
        done
    }
}

impl What {
    async fn run(self, entry: &Entry, vnf: &str) -> Result<Exit, Failure> {
        let in_agent = async |fixed: Option<&str>, args: InAgent| {
            let mut words: Vec<String> = fixed.map(str::to_owned).into_iter().collect();
            words.extend(args.words);
            let agent = entry.agent_of(args.node.as_deref()).await?;
            let words = agent.command(AgentProgram::Dbg, &words);
            show(entry, "cilium-dbg", &words).await
        };
        match self {
            Self::Status(args) => status(entry, args.printing.output).await,
            Self::Connectivity(args) => {
                let mut words = ["cilium", "connectivity", "test"]
                    .map(str::to_owned)
                    .to_vec();
                words.extend(args.words);
                show(entry, "cilium connectivity test", &words).await
            }
            Self::Sysdump(args) => sysdump(entry, vnf, args.out, &args.words).await,
            Self::Bpf(args) => in_agent(Some("bpf"), args).await,
            Self::Endpoint(args) => in_agent(Some("endpoint"), args).await,
            Self::Service(args) => in_agent(Some("service"), args).await,
            Self::Encrypt(args) => in_agent(Some("encrypt"), args).await,
            Self::Bgp(args) => in_agent(Some("bgp"), args).await,
            Self::Monitor(args) => in_agent(Some("monitor"), args).await,
            Self::Dbg(args) => in_agent(None, args).await,
            Self::Hubble(args) => {
                let agent = entry.agent_of(args.node.as_deref()).await?;
                let words = agent.command(AgentProgram::Hubble, &args.words);
                show(entry, "hubble", &words).await
            }
        }
    }
}

/// Over when the person presses Ctrl-C.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler Ctrl-C ends the program, and the connection with it.
        std::future::pending::<()>().await;
    }
}

/// Runs a program and shows what it says, until it ends or the reader has gone, as `head` does.
async fn show(entry: &Entry, what: &str, words: &[String]) -> Result<Exit, Failure> {
    let mut unread = false;
    let shown = entry
        .streams(what, words, interrupted(), |stdio, bytes| {
            let written = match stdio {
                Stdio::Out => pass_on(&mut io::stdout(), bytes),
                Stdio::Err => pass_on(&mut io::stderr(), bytes),
            };
            written.inspect_err(|error| unread |= error.kind() == io::ErrorKind::BrokenPipe)
        })
        .await;
    match shown {
        Err(_) if unread => Ok(Exit::Done),
        shown => Ok(ended(shown?)),
    }
}

fn pass_on(target: &mut impl io::Write, bytes: &[u8]) -> io::Result<()> {
    target.write_all(bytes)?;
    target.flush()
}

fn ended(status: u32) -> Exit {
    match u8::try_from(status) {
        Ok(0) => Exit::Done,
        Ok(status) => Exit::Remote(status),
        Err(_) => Exit::Failed,
    }
}

async fn status(entry: &Entry, format: Format) -> Result<Exit, Failure> {
    let health = entry.cilium_health().await?;
    match format {
        Format::Table | Format::Wide => output::put(&tables(&health))?,
        Format::Name => {
            let names: String = health
                .nodes
                .iter()
                .map(|node| node.node.clone() + "\n")
                .collect();
            output::put(&names)?;
        }
        format => output::one(format, &health)?,
    }
    Ok(match health.is_good() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn tables(health: &Health) -> String {
    let rows = |list: Value| list.as_array().cloned().unwrap_or_default();
    let mut text = String::new();
    if let Some(chart) = &health.chart {
        text += &format!("Cilium {chart}\n\n");
    }
    let parts = [
        ("COMPONENT", "/name"),
        ("KIND", "/kind"),
        ("READY", "/ready"),
        ("DESIRED", "/desired"),
    ];
    text += &output::table(&parts, &rows(json!(health.components)));
    let nodes = [
        ("NODE", "/node"),
        ("AGENT", "/agent"),
        ("VERSION", "/version"),
        ("RESTARTS", "/restarts"),
        ("CILIUM", "/cilium"),
        ("KUBERNETES", "/kubernetes"),
        ("HUBBLE", "/hubble"),
        ("MESH", "/mesh"),
    ];
    text.push('\n');
    text += &output::table(&nodes, &rows(json!(health.nodes)));
    for (kind, found) in [("error", &health.errors), ("warning", &health.warnings)] {
        if !found.is_empty() {
            text.push('\n');
        }
        for one in found {
            text += &format!("{kind}: {one}\n");
        }
    }
    text
}

/// Collects in a folder of its own, tells on stderr, gives the archive on stdout, leaves nothing.
const SYSDUMP: &str = r#"set -e
umask 077
folder=$(mktemp -d /var/tmp/vnfctl-sysdump.XXXXXX)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
cd "$folder"
TMPDIR=$folder cilium sysdump --output-filename sysdump "$@" >&2
cat sysdump.zip"#;

async fn sysdump(
    entry: &Entry,
    vnf: &str,
    out: Option<PathBuf>,
    words: &[String],
) -> Result<Exit, Failure> {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let out = out.unwrap_or_else(|| format!("{vnf}-sysdump-{now}.zip").into());
    let unwritten = |error: io::Error| {
        Failure::new(Exit::Usage, format!("cannot write {}", out.display())).caused_by(error)
    };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Readable by its owner alone from the beginning; what it holds tells much of a network.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritten)?;
    let mut command: Vec<String> = ["bash", "-c", SYSDUMP, "sysdump"]
        .map(str::to_owned)
        .to_vec();
    command.extend(words.iter().cloned());
    let mut size = 0_u64;
    let status = entry
        .streams(
            "cilium sysdump",
            &command,
            interrupted(),
            |stdio, bytes| match stdio {
                Stdio::Out => {
                    size += bytes.len() as u64;
                    file.write_all(bytes)
                }
                Stdio::Err => pass_on(&mut io::stderr(), bytes),
            },
        )
        .await?;
    if status != 0 {
        return Ok(ended(status));
    }
    // An archive's directory stands at its end: one that was cut off cannot be opened.
    if let Err(error) = zip::ZipArchive::new(file.as_file()) {
        let message = format!("what came from {} is no whole archive", entry.node);
        return Err(Failure::new(Exit::Failed, message).caused_by(error));
    }
    file.as_file().sync_all().map_err(unwritten)?;
    file.persist(&out).map_err(|error| unwritten(error.error))?;
    anstream::eprintln!("{} ({} KiB)", out.display(), size.div_ceil(1024));
    Ok(Exit::Done)
}
