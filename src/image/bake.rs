//! Puts what a recipe lists into an image: by the node script, run in the image, so that what is put
//! there is what a node looks for.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use camino::Utf8Path;
use serde_json::json;

use crate::package::plan::{Content, Plan};

/// Where the kit lies in the image while it is baked; it is gone afterwards.
const KIT: &str = "vnfctl-bake";
/// Marks of the node script and the runtimes in an image, which would be another machine's.
const MARKS: [&str; 4] = [LOG, "run/vnfctl", "run/crio", "run/containerd"];
/// What the node script's last sentence begins with.
const SCRIPT: &str = "node.sh: ";
/// The node script's log.
const LOG: &str = "var/log/vnfctl-node.log";
/// Written by virt-customize unasked, as a machine's identity is; no two machines may share them.
const SEED: &str = "/var/lib/systemd/random-seed";
/// In namespaces of its own for mounts and processes: what is mounted or started here, such as the
/// container runtime, never shows outside, and goes with it.
/// The image's resolv.conf, often a link that leads nowhere yet, comes back as it was.
const IN_ROOT: &str = "set -eu
target=$1/etc/resolv.conf link= made=
restore() {
    if [ -n \"$link$made\" ]; then
        umount \"$target\" || true
        rm -f \"$target\"
        if [ -n \"$link\" ]; then ln -s \"$link\" \"$target\"; fi
    fi
}
trap restore EXIT
trap 'exit 130' INT TERM
mount --make-rprivate /
mount --bind \"$1\" \"$1\"
mount -t proc proc \"$1/proc\"
mount --rbind /sys \"$1/sys\"
mount --rbind /dev \"$1/dev\"
mount -t tmpfs -o mode=0755 run \"$1/run\"
if [ -e /etc/resolv.conf ]; then
    if [ -L \"$target\" ]; then link=$(readlink \"$target\"); rm \"$target\"; fi
    if [ ! -e \"$target\" ]; then made=1; : >\"$target\"; fi
    mount --bind /etc/resolv.conf \"$target\"
fi
chroot \"$1\" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /bin/sh -c \"$2\"";
/// An address for documentation (RFC 5737), where kubeadm wants one that does not matter here.
const NOWHERE: &str = "192.0.2.1";

/// What of container images is put into an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerImages {
    /// All that nodes run, pulled by the runtime itself; programs are installed with it.
    Pulled,
    /// None: nodes pull them, and install the programs from the cache.
    LeftToNodes,
}

impl ContainerImages {
    /// What the shell of an image runs; after a failure, the end of the script's log stands behind its
    /// last sentence, since it says more.
    fn command(self) -> String {
        let argument = match self {
            Self::Pulled => "",
            Self::LeftToNodes => " --no-images",
        };
        format!(
            "VNFCTL_HOME=/tmp/{KIT} bash /tmp/{KIT}/node.sh bake{argument} || \
             {{ grep -v '^{{' /{LOG} | tail -n 3 >&2; exit 1; }}"
        )
    }
}

/// Why nothing was baked.
#[derive(Debug, thiserror::Error)]
pub enum BakeError {
    /// The package is made of a template whose nodes have no script.
    #[error("the package has no node script")]
    NoScript,
    /// The folder is no root filesystem.
    #[error("{} is no root filesystem: it has no {lacks}", .root.display())]
    NoRoot {
        /// The folder.
        root: PathBuf,
        /// What it lacks.
        lacks: &'static str,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// A program that does the work is missing or may not be run.
    #[error("cannot run {0}")]
    Tool(&'static str, #[source] io::Error),
    /// The node script stopped.
    #[error("baking failed: {0}")]
    Failed(String),
    /// The container runtime does not run in the image, or cannot pull.
    #[error("baking failed: {0}")]
    Images(String),
}

/// Writes the node script and its settings into `folder`, which is made.
fn write_kit(plan: &Plan, folder: &Path) -> Result<(), BakeError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        |error| BakeError::Io(path, error)
    };
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let mut has_script = false;
    for entry in plan.entries() {
        let Content::Bytes(bytes) = &entry.content else {
            continue;
        };
        let node = entry.path.strip_prefix("Scripts/node").ok();
        let name = match node {
            Some(name) => name,
            None if entry.path == "Scripts/cluster.yaml" => Utf8Path::new("cluster.json"),
            None => continue,
        };
        has_script |= name == "node.sh";
        let file = folder.join(name);
        std::fs::write(&file, bytes).map_err(io(&file))?;
    }
    if !has_script {
        return Err(BakeError::NoScript);
    }
    // An image serves every node, so it gets what the most demanding one needs.
    let ha = plan.get(Utf8Path::new("BaseHOT/ha/nested/control_plane.yaml"));
    let mode = if ha.is_some() { "vip" } else { "node" };
    // Of the rest, kubeadm says only whether it is well-formed: its list of images needs none of it.
    let node = json!({
        "role": "control-plane",
        "endpointMode": mode,
        "name": "image",
        "serverId": "image",
        "vnf": "image",
        "address": NOWHERE,
        "endpoint": format!("{NOWHERE}:6443"),
        "schedulable": false,
    });
    let node = node.to_string();
    let file = folder.join("node.json");
    std::fs::write(&file, node).map_err(io(&file))
}

/// Bakes into the root filesystem in a folder; needs root. Architecture is that of this machine.
///
/// # Errors
/// The folder is no root filesystem, a tool is missing, or the node script stops.
pub fn into_root(plan: &Plan, root: &Path, images: ContainerImages) -> Result<(), BakeError> {
    // A link in a folder's place would lead out of the image, to this machine's.
    let is_folder = |path: &str| {
        let found = std::fs::symlink_metadata(root.join(path));
        found.is_ok_and(|found| found.is_dir())
    };
    let mut folders = ["proc", "sys", "dev", "run", "tmp", "etc", "var", "var/log"].into_iter();
    let lacks = folders.find(|folder| !is_folder(folder));
    let has_shell = root.join("bin/bash").exists();
    if let Some(lacks) = lacks.or((!has_shell).then_some("bin/bash")) {
        let root = root.to_owned();
        return Err(BakeError::NoRoot { root, lacks });
    }
    let root = root.canonicalize();
    let root = root.map_err(|error| BakeError::Io("the root".into(), error))?;
    if root == Path::new("/") {
        let lacks = "place of its own: it is this machine's";
        return Err(BakeError::NoRoot { root, lacks });
    }
    let kit = root.join("tmp").join(KIT);
    let clear = Clear(
        [kit.clone()]
            .into_iter()
            .chain(MARKS.map(|mark| root.join(mark)))
            .collect(),
    );
    clear.now();
    write_kit(plan, &kit)?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--pid", "--fork", "--kill-child", "--"])
        .args(["sh", "-c", IN_ROOT, "bake"])
        .arg(&root)
        .arg(images.command());
    run("unshare", command)
}

/// Bakes a copy of the image `base` into `target`, whole or not at all, with virt-customize.
///
/// # Errors
/// virt-customize is missing, a file cannot be copied, or the node script stops.
pub fn into_image(
    plan: &Plan,
    base: &Path,
    target: &Path,
    images: ContainerImages,
) -> Result<(), BakeError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        |error| BakeError::Io(path, error)
    };
    let version = Command::new("virt-customize")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    version.map_err(|error| BakeError::Tool("virt-customize", error))?;
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(folder).map_err(io(folder))?;
    let kit = scratch.path().join(KIT);
    write_kit(plan, &kit)?;
    let image = scratch.path().join("image");
    std::fs::copy(base, &image).map_err(io(base))?;
    let mut command = Command::new("virt-customize");
    // It would leave its log in the image.
    command
        .arg("--no-logfile")
        .arg("-a")
        .arg(&image)
        .arg("--copy-in");
    command.arg(format!("{}:/tmp", kit.display()));
    command.arg("--run-command");
    command.arg(images.command());
    for path in MARKS
        .iter()
        .map(|mark| format!("/{mark}"))
        .chain([format!("/tmp/{KIT}"), SEED.to_owned()])
    {
        command.args(["--run-command", &format!("rm -rf {path}")]);
    }
    command.args(["--truncate", "/etc/machine-id"]);
    run("virt-customize", command)?;
    std::fs::rename(&image, target).map_err(io(target))
}

fn run(tool: &'static str, mut command: Command) -> Result<(), BakeError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| BakeError::Tool(tool, error))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines = stderr.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    // Behind the script's sentence and its log stands what the tool itself has to say of the failure.
    let script = lines.iter().position(|line| line.starts_with(SCRIPT));
    let said = match script.map(|first| &lines[first..lines.len().min(first + 4)]) {
        None | Some([]) => lines
            .last()
            .map_or_else(|| output.status.to_string(), ToString::to_string),
        Some([sentence]) => (*sentence).to_owned(),
        Some([sentence, log @ ..]) => format!("{sentence} ({})", log.join(" | ")),
    };
    // The steps in which the runtime starts and pulls.
    let mut of_images = ["images: ", "runtime: "].into_iter();
    let said_by = said.strip_prefix(SCRIPT).unwrap_or_default();
    Err(match of_images.any(|step| said_by.starts_with(step)) {
        true => BakeError::Images(said),
        false => BakeError::Failed(said),
    })
}

/// Paths that are removed in the end, whatever happens.
struct Clear(Vec<PathBuf>);

impl Clear {
    fn now(&self) {
        for path in &self.0 {
            // What is not there needs no removing, and the rest shows itself when it is written.
            let _ = match path.is_dir() {
                true => std::fs::remove_dir_all(path),
                false => std::fs::remove_file(path),
            };
        }
    }
}

impl Drop for Clear {
    fn drop(&mut self) {
        self.now();
    }
}
