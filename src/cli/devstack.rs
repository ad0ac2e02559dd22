//! `vnfctl devstack`: what a devstack with Tacker, Kubernetes and Cilium is told, and its hosts checked.

use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};

use super::lock::{self, Pinning};
use super::{Exit, Failure, output};
use crate::artifacts;
use crate::devstack::{
    self, Devstack as Spec, Facts, FilesError, Host, Layout, Ports, Role, State,
};
use crate::diagnose::{Sink, Sources};
use crate::spec::{Lock as LockFile, Matrix};

/// Prepare devstacks with Tacker, Kubernetes and Cilium.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  vnfctl devstack lock one.yaml                      # pins what is fetched, in one.lock.yaml
  vnfctl devstack check-host one.yaml                # on the host itself
  vnfctl devstack generate --all-in-one one.yaml     # writes one/: local.conf and scripts
  vnfctl devstack generate hosts.yaml --out hosts    # writes hosts/NAME/ for each host
  vnfctl devstack ports --role controller")]
pub(super) enum Devstack {
    /// Write local.conf and scripts for each host
    Generate(Generate),
    /// Pin what hosts fetch by SHA-256
    Lock(Lock),
    /// Compare this machine with what a host needs
    #[command(name = "check-host")]
    CheckHost(CheckHost),
    /// List which role listens on which port
    Ports(PortsCommand),
}

/// Writes local.conf and scripts for each host of a devstack.
///
/// Passwords are made at random, stand in local.conf only, which nobody else can read, and are kept
/// when the files are written again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl devstack generate --all-in-one one.yaml
  vnfctl devstack generate hosts.yaml --out hosts
  vnfctl devstack generate --all-in-one one.yaml --check-host")]
pub(super) struct Generate {
    /// The devstack's spec (YAML)
    spec: Utf8PathBuf,
    /// One host has all roles
    #[arg(long)]
    all_in_one: bool,
    /// Folder to write to [default: the spec's name without its ending]
    #[arg(long, value_name = "FOLDER", conflicts_with = "check_host")]
    out: Option<Utf8PathBuf>,
    /// Compare this machine with what the host needs, and write nothing
    #[arg(long)]
    check_host: bool,
}

/// Pins what hosts fetch beside what stack.sh fetches, by the SHA-256 that the makers publish.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl devstack lock one.yaml
  vnfctl devstack lock one.yaml --arch amd64 --from https://mirror.example.org")]
pub(super) struct Lock {
    /// The devstack's spec (YAML)
    spec: Utf8PathBuf,
    #[command(flatten)]
    pinning: Pinning,
}

/// Compares this machine with what a host of a devstack needs.
///
/// Looks at kernel, distribution, architecture, memory, disk, processors, swap, control groups, the
/// address and the ports; ends with 1 when something fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl devstack check-host one.yaml
  vnfctl devstack check-host hosts.yaml --host compute1 -o json")]
pub(super) struct CheckHost {
    /// The devstack's spec (YAML)
    spec: Utf8PathBuf,
    /// Which of its hosts this machine is [default: the only one, or the one with its address]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Where this machine's file systems are
    #[arg(long, value_name = "FOLDER", default_value = "/", hide = true)]
    root: PathBuf,
    #[command(flatten)]
    printing: output::Printing,
}

/// Lists which program of which role listens on which port, and who says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl devstack ports
  vnfctl devstack ports --role controller --role kubernetes-control-plane
  vnfctl devstack ports -o json")]
pub(super) struct PortsCommand {
    /// Only those of this role; repeatable
    #[arg(long = "role", value_name = "ROLE", value_parser = role)]
    roles: Vec<Role>,
    #[command(flatten)]
    printing: output::Printing,
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::ALL.iter().find(|role| role.name() == text);
    known.copied().ok_or_else(|| {
        let names = Role::ALL.map(Role::name).join(", ");
        format!("known here: {names}")
    })
}

impl Devstack {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Generate(command) => command.run(),
            Self::Lock(command) => command.run().await,
            Self::CheckHost(command) => command.run(),
            Self::Ports(command) => command.run(),
        }
    }
}

type Load = fn(&Utf8Path, Layout, &mut Sources, &mut Sink) -> std::io::Result<Option<Spec>>;

/// Reads a spec and shows what is found in it.
fn read(file: &Utf8Path, layout: Layout, load: Load) -> Result<Spec, Failure> {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let loaded = load(file, layout, &mut sources, &mut sink)
        .map_err(|error| Failure::unread(file.as_std_path(), error))?;
    output::findings(&sink, &sources);
    loaded.ok_or_else(|| Failure::new(Exit::Usage, format!("{file} has faults")))
}

impl Generate {
    fn run(self) -> Result<Exit, Failure> {
        let layout = match self.all_in_one {
            true => Layout::AllInOne,
            false => Layout::Hosts,
        };
        if self.check_host {
            let spec = read(&self.spec, layout, devstack::load_unlocked)?;
            let printing = output::Printing::default();
            return check(&spec, None, &PathBuf::from("/"), printing);
        }
        let spec = read(&self.spec, layout, devstack::load)?;
        let folder = self.out.unwrap_or_else(|| self.spec.with_extension(""));
        let files = devstack::files(&spec, &folder).map_err(not_written)?;
        devstack::write(&files, &folder).map_err(not_written)?;
        next(&spec, &folder);
        let paths = files
            .iter()
            .map(|file| format!("{}\n", folder.join(&file.path)));
        output::put(&paths.collect::<String>())?;
        Ok(Exit::Done)
    }
}

/// Tells in which order the hosts are to be made.
fn next(spec: &Spec, folder: &Utf8Path) {
    if spec.all_in_one {
        anstream::eprintln!(
            "Copy {folder} to the host, and there, as the user that runs stack.sh:\n  \
             {folder}/before-stack.sh ~/devstack && ~/devstack/stack.sh"
        );
        return;
    }
    let mut hosts: Vec<&Host> = spec.hosts.iter().collect();
    hosts.sort_by_key(|host| host.roles.iter().min().copied());
    anstream::eprintln!(
        "Copy to each host its folder, and there, in this order, as the user that runs stack.sh:"
    );
    for host in hosts {
        let name = &host.name;
        anstream::eprintln!("  {name}: {name}/before-stack.sh ~/devstack && ~/devstack/stack.sh");
    }
    if let Some(controller) = spec.first(Role::Controller) {
        anstream::eprintln!(
            "Then, on {}, for the compute hosts: ~/devstack/tools/discover_hosts.sh",
            controller.name
        );
    }
}

fn not_written(error: FilesError) -> Failure {
    let (exit, hint) = match &error {
        FilesError::Matrix(_) => (Exit::Failed, None),
        FilesError::Secrets(_) => (
            Exit::Usage,
            Some("correct it there, or move the file away for new passwords"),
        ),
        FilesError::Foreign(_) => (
            Exit::Conflict,
            Some("move it away, or write to another folder with --out"),
        ),
        FilesError::Write { .. } => (Exit::Failed, None),
    };
    let failure = Failure::new(exit, "the devstack's files are not written").caused_by(error);
    hint.into_iter().fold(failure, Failure::hint)
}

impl Lock {
    async fn run(self) -> Result<Exit, Failure> {
        let spec = read(&self.spec, Layout::Either, devstack::load_unlocked)?;
        let named = spec.artifacts.lock_file.clone();
        let target = self.pinning.target(named, &self.spec);
        let architectures = self.pinning.architectures();
        let matrix = matrix()?;
        let source = self.pinning.source()?;
        let wanted = spec
            .wanted(&architectures, &matrix)
            .map_err(|error| lock::not_fetched(error.into()))?;
        let files = wanted.len();
        let artifacts = artifacts::pin(wanted, &source)
            .await
            .map_err(lock::not_fetched)?;
        let versions = spec.versions(&matrix).into_iter();
        let versions = versions.map(|(name, version)| (name.to_owned(), version));
        let pinned = LockFile {
            versions: versions.collect(),
            artifacts,
        };
        lock::write(&pinned, &target, "vnfctl devstack lock")?;
        anstream::eprintln!("{files} files are pinned in {target}");
        output::put(&format!("{target}\n"))?;
        Ok(Exit::Done)
    }
}

fn matrix() -> Result<Matrix, Failure> {
    Matrix::builtin()
        .map_err(|error| Failure::new(Exit::Failed, "the versions are not known").caused_by(error))
}

fn table() -> Result<Ports, Failure> {
    Ports::builtin()
        .map_err(|error| Failure::new(Exit::Failed, "the ports are not known").caused_by(error))
}

impl CheckHost {
    fn run(self) -> Result<Exit, Failure> {
        let spec = read(&self.spec, Layout::Either, devstack::load_unlocked)?;
        check(&spec, self.host.as_deref(), &self.root, self.printing)
    }
}

fn check(
    spec: &Spec,
    name: Option<&str>,
    root: &std::path::Path,
    printing: output::Printing,
) -> Result<Exit, Failure> {
    let facts = |host: &Host| {
        Facts::read(root, &host.address).map_err(|error| {
            Failure::new(Exit::Failed, "cannot read this machine's state").caused_by(error)
        })
    };
    let host = match (name, spec.hosts.as_slice()) {
        (Some(name), hosts) => hosts.iter().find(|host| host.name == name),
        (None, [host]) => Some(host),
        (None, hosts) => {
            let own = hosts
                .iter()
                .map(|host| Ok((host, facts(host)?.own_address)));
            let own = own.collect::<Result<Vec<_>, Failure>>()?;
            own.into_iter()
                .find(|(_, own)| *own == Some(true))
                .map(|(host, _)| host)
        }
    };
    let host = host.ok_or_else(|| {
        let names: Vec<_> = spec.hosts.iter().map(|host| host.name.as_str()).collect();
        Failure::new(Exit::NotFound, "this machine is none of the spec's hosts")
            .hint(format!("name one with --host: {}", names.join(", ")))
    })?;
    let findings = devstack::judge(&facts(host)?, spec, host, &table()?, &matrix()?);
    let columns = [
        ("CHECK", "/check"),
        ("STATE", "/state"),
        ("FOUND", "/found"),
        ("WHAT TO DO", "/help"),
    ];
    output::list(printing.output, &columns, &findings)?;
    match findings
        .iter()
        .any(|finding| finding.state == State::Failed)
    {
        true => Ok(Exit::Failed),
        false => Ok(Exit::Done),
    }
}

impl PortsCommand {
    fn run(self) -> Result<Exit, Failure> {
        let table = table()?;
        let mut listeners: Vec<_> = table
            .ports
            .into_iter()
            .filter(|one| {
                self.roles.is_empty() || one.roles.iter().any(|role| self.roles.contains(role))
            })
            .collect();
        listeners.sort_by_key(|one| (one.port, one.protocol));
        let format = self.printing.output;
        if !format.is_table() && format != output::Format::Csv {
            return output::list(format, &[("PROGRAM", "/program")], &listeners)
                .map(|()| Exit::Done);
        }
        let rows: Vec<_> = listeners.iter().map(row).collect();
        let columns = [
            ("PORT", "/port"),
            ("ON", "/on"),
            ("PROGRAM", "/program"),
            ("ROLES", "/roles"),
            ("WHEN", "/when"),
            ("ALL-IN-ONE", "/allInOne"),
            ("SOURCE", "/source"),
        ];
        output::list(format, &columns, &rows)?;
        Ok(Exit::Done)
    }
}

/// A listener as a person reads it.
fn row(one: &devstack::Listener) -> serde_json::Value {
    let roles: Vec<_> = one.roles.iter().map(|role| role.name()).collect();
    serde_json::json!({
        "port": format!("{}/{}", one.range(), one.protocol.name()),
        "on": one.on,
        "program": one.program,
        "roles": roles.join(", "),
        "when": one.when,
        "allInOne": one.all_in_one,
        "source": one.source,
    })
}
