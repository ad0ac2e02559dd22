//! A machine compared with what its roles need: the facts, and what follows from them.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::ports::{Ports, Protocol};
use super::spec::{Devstack, Host, Role};
use crate::spec::{Matrix, minor, ordered};

/// Releases that stack.sh runs on unforced, by code name (`SUPPORTED_DISTROS` of devstack's stack.sh).
const RELEASES: [(&str, &str); 3] = [
    ("noble", "Ubuntu 24.04"),
    ("bookworm", "Debian 12"),
    ("trixie", "Debian 13"),
];
/// The one that came after stable/2026.1.
const NEWER: (&str, &str) = ("resolute", "Ubuntu 26.04");
const BEFORE_NEWER: &str = "stable/2026.1";
/// Releases of the other family, whose packages of CRI-O and kubeadm the container plugin does not
/// install: for hosts of OpenStack only.
const RPM_RELEASES: [&str; 2] = ["9", "10"];

const GIB: u64 = 1 << 30;

/// What is known of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Release of the running kernel, such as `6.8.0-45-generic`.
    pub kernel: String,
    /// `x86_64` or another machine type.
    pub machine: String,
    /// Keys of /etc/os-release: id, version, code name.
    pub release: [String; 3],
    /// Processors.
    pub processors: usize,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes free where stack.sh installs to; nothing when the file system does not say.
    pub disk: Option<u64>,
    /// Devices and files that are swapped to.
    pub swap: usize,
    /// The second version of control groups is mounted alone.
    pub cgroup2: bool,
    /// Ports that are taken.
    pub taken: BTreeSet<(Protocol, u16)>,
    /// The host's address of the spec is one of this machine's; nothing when that was not tried.
    pub own_address: Option<bool>,
}

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it must be.
    Ok,
    /// It may do.
    Warning,
    /// stack.sh or the cluster fails.
    Failed,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Facts {
    /// Reads the facts of the machine whose file systems lie below `root`.
    ///
    /// # Errors
    /// A file that every Linux has cannot be read.
    pub fn read(root: &Path, address: &str) -> io::Result<Self> {
        let text = |path: &str| {
            std::fs::read_to_string(root.join(path))
                .map_err(|error| io::Error::new(error.kind(), format!("/{path}: {error}")))
        };
        let release = text("etc/os-release").unwrap_or_default();
        let release = ["ID", "VERSION_ID", "VERSION_CODENAME"].map(|key| value(&release, key));
        let memory = text("proc/meminfo")?;
        let memory = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"));
        let kib = memory.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        let swaps = text("proc/swaps").unwrap_or_default();
        Ok(Self {
            kernel: text("proc/sys/kernel/osrelease")?.trim().to_owned(),
            machine: std::env::consts::ARCH.to_owned(),
            release,
            processors: text("proc/cpuinfo")?
                .lines()
                .filter(|line| line.starts_with("processor"))
                .count(),
            memory: kib.unwrap_or_default() * 1024,
            disk: free(root),
            swap: swaps.lines().skip(1).count(),
            cgroup2: root.join("sys/fs/cgroup/cgroup.controllers").exists(),
            taken: taken(root)?,
            own_address: (root == Path::new("/")).then(|| is_own(address)),
        })
    }
}

/// A value of /etc/os-release.
fn value(text: &str, key: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let found = lines.find(|(name, _)| *name == key);
    let value = found.map_or("", |(_, value)| value.trim());
    value.trim_matches(['"', '\'']).to_owned()
}

/// Bytes free below /opt/stack, or below what of that is there.
fn free(root: &Path) -> Option<u64> {
    let target = root.join("opt/stack");
    let there = target.ancestors().find(|path| path.is_dir())?;
    let found = rustix::fs::statvfs(there).ok()?;
    Some(found.f_bavail * found.f_frsize)
}

/// Only an address of one's own can be listened on.
fn is_own(address: &str) -> bool {
    let address = address.parse::<IpAddr>();
    address.is_ok_and(|address| TcpListener::bind((address, 0)).is_ok())
}

/// The ports on which something listens, as the kernel lists its sockets (proc(5), /proc/net/tcp).
fn taken(root: &Path) -> io::Result<BTreeSet<(Protocol, u16)>> {
    let mut ports = BTreeSet::new();
    // 0A is LISTEN; an unconnected UDP socket, which can receive, has the state CLOSE.
    for (protocol, state, files) in [
        (Protocol::Tcp, "0A", ["tcp", "tcp6"]),
        (Protocol::Udp, "07", ["udp", "udp6"]),
    ] {
        for file in files {
            let text = match std::fs::read_to_string(root.join("proc/net").join(file)) {
                Ok(text) => text,
                // A kernel without IPv6 has no such list.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let sockets = text.lines().skip(1).map(str::split_whitespace);
            ports.extend(sockets.filter_map(|mut fields| {
                let local = fields.nth(1)?;
                let open = fields.nth(1)? == state;
                let port = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
                open.then_some((protocol, port))
            }));
        }
    }
    Ok(ports)
}

/// What roles need: GiB of memory and of disk, and processors; each at least, and better.
///
/// Tacker's installation guide recommends 16 GiB, 80 GB and 4 cores for OpenStack with Kubernetes on
/// one host; kubeadm refuses less than 1700 MB and 2 processors. The others are estimates between.
fn needs(host: &Host) -> [(u64, u64); 3] {
    if host.is(Role::Controller) {
        [(8, 16), (40, 80), (2, 4)]
    } else if host.is(Role::Compute) {
        [(4, 8), (20, 40), (1, 2)]
    } else {
        [(2, 4), (20, 40), (2, 2)]
    }
}

/// Compares a machine with what `host` of a devstack needs.
#[must_use]
pub fn judge(
    facts: &Facts,
    devstack: &Devstack,
    host: &Host,
    ports: &Ports,
    matrix: &Matrix,
) -> Vec<Finding> {
    let mut findings = vec![release(facts, devstack, host), machine(facts)];
    if host.is_node() {
        findings.extend(kernels(facts, devstack, matrix));
        findings.push(cgroups(facts));
        findings.push(swap(facts));
    }
    findings.extend(sizes(facts, host));
    findings.extend(own_address(facts, host));
    findings.extend(ports_free(facts, devstack, host, ports));
    findings
}

fn found(check: &'static str, state: State, found: impl Into<String>, help: &str) -> Finding {
    Finding {
        check,
        state,
        found: found.into(),
        help: (state != State::Ok).then(|| help.to_owned()),
    }
}

fn release(facts: &Facts, devstack: &Devstack, host: &Host) -> Finding {
    let [id, version, code] = &facts.release;
    let what = format!("{id} {version} {code}");
    let branch = devstack.branch.as_str();
    let newer = !branch.starts_with("stable/") || branch > BEFORE_NEWER;
    let releases = RELEASES.into_iter().chain(newer.then_some(NEWER));
    let releases: Vec<_> = releases.collect();
    let known = releases.iter().any(|(name, _)| name == code);
    let rpm = ["rhel", "centos", "rocky", "almalinux"].contains(&id.as_str())
        && RPM_RELEASES.contains(&version.split('.').next().unwrap_or_default());
    let names: Vec<_> = releases.iter().map(|(_, name)| *name).collect();
    let names = names.join(", ");
    match (known, rpm, host.is_node()) {
        (true, ..) | (_, true, false) => found("distribution", State::Ok, what, ""),
        (_, true, true) => found(
            "distribution",
            State::Failed,
            what,
            &format!("the container plugin installs Kubernetes on Debian and Ubuntu only: {names}"),
        ),
        _ => found(
            "distribution",
            State::Failed,
            what,
            &format!("stack.sh stops unless forced; take {names}"),
        ),
    }
}

fn machine(facts: &Facts) -> Finding {
    let state = match facts.machine.as_str() {
        "x86_64" | "aarch64" => State::Ok,
        _ => State::Failed,
    };
    let help = "Cilium and the lock have amd64 and arm64 only";
    found("architecture", state, facts.machine.as_str(), help)
}

fn kernels(facts: &Facts, devstack: &Devstack, matrix: &Matrix) -> Vec<Finding> {
    let Some(running) = running(&facts.kernel) else {
        let help = "its first two numbers are compared with what Cilium needs";
        return vec![found(
            "kernel",
            State::Failed,
            format!("`{}` is no release of a kernel", facts.kernel),
            help,
        )];
    };
    let line = minor(&devstack.cilium.version).unwrap_or_default();
    let mut needs = vec![(
        format!("Cilium {line}"),
        matrix.kernel(&line).unwrap_or_default(),
    )];
    let values = devstack.helm_values();
    for feature in &matrix.features {
        let pointer = format!("/{}", feature.value.replace('.', "/"));
        if values.pointer(&pointer).map(as_text) == Some(as_text(&feature.is)) {
            needs.push((feature.name.clone(), feature.kernel.as_str()));
        }
    }
    needs
        .into_iter()
        .map(|(what, needed)| {
            let enough = ordered(needed).is_some_and(|needed| running >= needed);
            let state = if enough { State::Ok } else { State::Failed };
            let found_text = format!("{}; {what} needs {needed}", facts.kernel);
            let help = format!("boot a kernel of at least {needed}, or leave {what} out");
            found("kernel", state, found_text, &help)
        })
        .collect()
}

/// Helm values may be booleans or their texts.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}

/// The first two numbers of a kernel's release.
fn running(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn cgroups(facts: &Facts) -> Finding {
    let (state, what) = match facts.cgroup2 {
        true => (State::Ok, "version 2"),
        false => (State::Failed, "version 2 is not mounted at /sys/fs/cgroup"),
    };
    let help = "boot with systemd.unified_cgroup_hierarchy=1: kubelet does not start on version 1 by itself";
    found("cgroups", state, what, help)
}

fn swap(facts: &Facts) -> Finding {
    let (state, what) = match facts.swap {
        0 => (State::Ok, "off".to_owned()),
        number => (State::Warning, format!("{number} in use")),
    };
    let help = "the container plugin lets kubelet run with swap; pods' limits of memory then do not \
                hold: swapoff -a";
    found("swap", state, what, help)
}

fn sizes(facts: &Facts, host: &Host) -> Vec<Finding> {
    let [memory, disk, processors] = needs(host);
    let gib = |bytes: u64| {
        let tenths = bytes / (GIB / 10);
        format!("{}.{} GiB", tenths / 10, tenths % 10)
    };
    let compare = |check, have: u64, unit: u64, what: String, (least, better): (u64, u64)| {
        // Firmware and kernel keep some of what a machine is said to have.
        let state = match have {
            have if have * 20 < least * unit * 19 => State::Failed,
            have if have * 20 < better * unit * 19 => State::Warning,
            _ => State::Ok,
        };
        let help = format!("at least {least}, better {better}, for these roles");
        found(check, state, what, &help)
    };
    let mut findings = vec![
        compare("memory", facts.memory, GIB, gib(facts.memory), memory),
        compare(
            "processors",
            facts.processors as u64,
            1,
            facts.processors.to_string(),
            processors,
        ),
    ];
    if let Some(free) = facts.disk {
        let what = format!("{} free for /opt/stack", gib(free));
        findings.push(compare("disk", free, GIB, what, disk));
    }
    findings
}

fn own_address(facts: &Facts, host: &Host) -> Option<Finding> {
    let (state, what) = match facts.own_address? {
        true => (State::Ok, host.address.clone()),
        false => (
            State::Failed,
            format!("{} is none of this machine's", host.address),
        ),
    };
    let help = "run this on the host itself, or correct its `address`";
    Some(found("address", state, what, help))
}

fn ports_free(facts: &Facts, devstack: &Devstack, host: &Host, ports: &Ports) -> Vec<Finding> {
    let listeners: Vec<_> = ports.of(devstack, &host.roles).collect();
    let taken: Vec<_> = facts
        .taken
        .iter()
        .filter_map(|(protocol, port)| {
            let whose = listeners.iter().find(|one| one.has(*protocol, *port))?;
            let what = format!("{port}/{} is taken; it is for {}", protocol.name(), whose.program);
            let help = format!("see who has it, and stop that: ss -lpn 'sport = :{port}'; after a stack.sh, ./unstack.sh frees all");
            Some(found("port", State::Failed, what, &help))
        })
        .collect();
    match taken.is_empty() {
        false => taken,
        true => {
            let number = listeners.len();
            vec![found("ports", State::Ok, format!("all {number} free"), "")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("6.8.0-45-generic", Some((6, 8)))]
    #[case("5.10", Some((5, 10)))]
    #[case("6.12+deb13-amd64", Some((6, 12)))]
    #[case("six", None)]
    fn the_release_of_a_kernel_is_read(#[case] text: &str, #[case] numbers: Option<(u32, u32)>) {
        assert_eq!(running(text), numbers);
    }

    #[test]
    fn a_port_that_is_listened_on_is_taken() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback is there");
        let port = listener.local_addr().expect("it is bound").port();
        let taken = taken(Path::new("/")).expect("it is readable");
        assert!(taken.contains(&(Protocol::Tcp, port)));
        assert!(is_own("127.0.0.1") && !is_own("192.0.2.1") && !is_own("no address"));
    }
}
