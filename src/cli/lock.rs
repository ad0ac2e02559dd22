//! `vnfctl package lock` and `mirror`: the programs of a cluster's nodes, pinned and fetched.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::{Exit, Failure, build, output};
use crate::artifacts::{self, Source};
use crate::spec::{self, Arch, ClusterPackage, Lock as LockFile, Package};

/// Pins the programs that a cluster's nodes install, by the SHA-256 that their makers publish.
#[derive(Debug, Args)]
pub(super) struct Lock {
    /// The spec (YAML)
    spec: Utf8PathBuf,
    #[command(flatten)]
    pinning: Pinning,
}

/// What is pinned, by whom, and where that is written.
#[derive(Debug, Args)]
pub(super) struct Pinning {
    /// Where to write the lock [default: what the spec names, or NAME.lock.yaml beside it]
    #[arg(short, long = "out", value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    /// Architecture of the nodes; repeatable
    #[arg(long = "arch", value_name = "ARCH", default_values = ["amd64", "arm64"])]
    architectures: Vec<Machine>,
    /// Ask this mirror, whose folders are named as the makers' hosts, instead of them
    #[arg(long, value_name = "URL", default_value = Source::ORIGIN, hide_default_value = true)]
    from: String,
}

impl Pinning {
    /// Where the lock of a spec is written: as told here, else as the spec says, else beside it.
    pub(super) fn target(&self, named: Option<Utf8PathBuf>, spec: &Utf8Path) -> Utf8PathBuf {
        let target = self.out.clone().or(named);
        target.unwrap_or_else(|| spec::lock_file(spec))
    }

    /// The machines' architectures, each once.
    pub(super) fn architectures(&self) -> Vec<Arch> {
        let mut all: Vec<Arch> = self.architectures.iter().map(|&one| one.into()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(super) fn source(&self) -> Result<Source, Failure> {
        Source::new(&self.from).map_err(not_fetched)
    }
}

/// Fetches the files that a cluster's lock pins into a folder, to be served to its nodes.
#[derive(Debug, Args)]
pub(super) struct Mirror {
    /// The spec (YAML)
    spec: Utf8PathBuf,
    /// Folder to fill; files that it has already are checked and kept
    folder: PathBuf,
    /// Ask this mirror, whose folders are named as the makers' hosts, instead of them
    #[arg(long, value_name = "URL", default_value = Source::ORIGIN, hide_default_value = true)]
    from: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Machine {
    Amd64,
    Arm64,
}

impl From<Machine> for Arch {
    fn from(machine: Machine) -> Self {
        match machine {
            Machine::Amd64 => Self::Amd64,
            Machine::Arm64 => Self::Arm64,
        }
    }
}

impl Lock {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        let cluster = cluster(&self.spec, spec::load_unlocked)?;
        let named = cluster.artifacts.lock_file.clone();
        let target = self.pinning.target(named, &self.spec);
        let architectures = self.pinning.architectures();
        let source = self.pinning.source()?;
        let lock = artifacts::lock(&cluster, &architectures, &source)
            .await
            .map_err(not_fetched)?;
        write(&lock, &target, "vnfctl package lock")?;
        let files: usize = lock.artifacts.values().map(|each| each.len()).sum();
        anstream::eprintln!("{files} files are pinned in {target}");
        output::put(&format!("{target}\n"))?;
        Ok(Exit::Done)
    }
}

impl Mirror {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        let cluster = cluster(&self.spec, spec::load)?;
        let lock = &cluster.artifacts.lock;
        if lock.artifacts.is_empty() {
            let failure = Failure::new(Exit::Usage, format!("{} has no lock", self.spec));
            return Err(failure.hint(format!("vnfctl package lock {}", self.spec)));
        }
        let source = Source::new(&self.from).map_err(not_fetched)?;
        for pin in lock.artifacts.values().flat_map(|each| each.values()) {
            let bytes = AtomicU64::new(0);
            let count = |length| {
                bytes.fetch_add(length, Ordering::Relaxed);
            };
            let target = self.folder.join(&pin.path);
            let fetched = source.save(pin, &target, &count);
            match fetched.await.map_err(not_fetched)? {
                true => anstream::eprintln!("{} ({} bytes)", pin.path, bytes.into_inner()),
                false => anstream::eprintln!("{} is there already", pin.path),
            }
        }
        anstream::eprintln!(
            "Serve the folder over HTTP and name its address as `artifacts.mirror` in the spec."
        );
        output::put(&format!("{}\n", self.folder.display()))?;
        Ok(Exit::Done)
    }
}

pub(super) fn cluster(spec: &Utf8Path, load: build::Load) -> Result<ClusterPackage, Failure> {
    match build::read(spec, load)? {
        Package::Cluster(cluster) => Ok(*cluster),
        Package::Vm(_) | Package::Container(_) => {
            let why = format!("{spec} describes no cluster, and so no nodes that install anything");
            Err(Failure::new(Exit::Usage, why))
        }
    }
}

/// Writes the lock whole or not at all.
pub(super) fn write(lock: &LockFile, target: &Utf8Path, command: &str) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(Exit::Usage, format!("cannot write {target}")).caused_by(error)
    };
    let text = serde_yaml::to_string(lock)
        .map_err(|e| Failure::new(Exit::Failed, "cannot write the lock").caused_by(e))?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(cannot)?;
    write!(
        file,
        "# Written by `{command}`: what nodes install, and which bytes it must have.\n\
         # Paths begin with the host that publishes the file.\n{text}"
    )
    .map_err(cannot)?;
    file.persist(target).map_err(|e| cannot(e.error))?;
    Ok(())
}

pub(super) fn not_fetched(error: artifacts::Error) -> Failure {
    use artifacts::Error as E;
    let (exit, hint) = match &error {
        E::Transport { .. } => (
            Exit::Unreachable,
            Some("without a way to the makers' hosts, name a mirror of them with --from"),
        ),
        E::Status { .. } | E::NoDigest { .. } => (
            Exit::NotFound,
            Some("check the spec's versions: this one may not be published"),
        ),
        E::Differs { .. } => (
            Exit::Failed,
            Some("the file was changed after it was pinned: do not install it"),
        ),
        E::Catalogue(_) | E::Client(_) | E::Write { .. } => (Exit::Failed, None),
    };
    let failure =
        Failure::new(exit, "the programs of the nodes are not to be had").caused_by(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
