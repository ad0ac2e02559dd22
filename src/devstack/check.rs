//! What cannot be a devstack, each fault with its place.

use std::net::Ipv4Addr;

use camino::Utf8Path;
use ipnet::Ipv4Net;

use super::ports::Ports;
use super::spec::{Devstack, Host, Layout, Role};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::spec::{self, RuntimeName};
use crate::yaml::Node;

/// Networks that Tacker's plugin makes on a controller (`tacker/devstack/settings`).
const TACKERS: [(&str, &str); 3] = [
    ("192.168.120.0/24", "Tacker's network net_mgmt"),
    ("10.10.0.0/24", "Tacker's network net0"),
    ("10.10.1.0/24", "Tacker's network net1"),
];

/// The spec's text as nodes, and where findings go.
struct Context<'c> {
    root: &'c Node,
    file: &'c Utf8Path,
    sink: &'c mut Sink,
}

impl Context<'_> {
    /// The place of a key's value, or of the nearest thing above it that is written.
    fn at(&self, path: &[&str]) -> Span {
        let longest = (0..=path.len()).rev();
        let mut found = longest.filter_map(|depth| self.root.at(&path[..depth]));
        found.next().unwrap_or(self.root).span
    }

    /// The place of a host, or of one of its keys.
    fn host(&self, number: usize, key: Option<&str>) -> Span {
        let hosts = self.root.get("hosts");
        let host = hosts.and_then(|hosts| hosts.items().get(number));
        let value = host.and_then(|host| host.get(key?));
        value.or(host).or(hosts).unwrap_or(self.root).span
    }

    /// The place of one of a host's roles.
    fn role(&self, number: usize, role: Role) -> Span {
        let host = self
            .root
            .get("hosts")
            .and_then(|hosts| hosts.items().get(number));
        let roles = host.and_then(|host| host.get("roles"));
        let items = roles.map(Node::items).unwrap_or_default();
        let named = items.iter().find(|item| item.text() == Some(role.name()));
        named.map_or_else(|| self.host(number, Some("roles")), |node| node.span)
    }
}

/// Settles whether one host has all roles, and gives it these.
pub(super) fn layout(
    devstack: &mut Devstack,
    layout: Layout,
    root: &Node,
    file: &Utf8Path,
    sink: &mut Sink,
) {
    let span = root.get("hosts").unwrap_or(root).span;
    let mut say = |message: &str, help: &str| {
        let finding = Diagnostic::error("devstack-hosts", file, span, message);
        sink.push(finding.help(help));
    };
    let one = match devstack.hosts.as_slice() {
        [host] => host.roles.is_empty() || Role::ONE.iter().all(|role| host.is(*role)),
        _ => false,
    };
    match (layout, one) {
        (Layout::AllInOne, false) => say(
            "an all-in-one is one host with all roles",
            "list one host without `roles`, or leave out `--all-in-one`",
        ),
        (Layout::Hosts, true) => say(
            "one host is to have all roles",
            "write `--all-in-one` if it shall, or list hosts with `roles` of their own",
        ),
        _ => {}
    }
    devstack.all_in_one = one;
    if let ([host], true) = (devstack.hosts.as_mut_slice(), one) {
        host.roles = Role::ONE.to_vec();
    }
}

/// Checks a whole spec.
pub(super) fn devstack(devstack: &Devstack, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    let cluster = devstack.cluster();
    spec::check_software(&cluster, root, file, sink);
    let mut context = Context { root, file, sink };
    branch(devstack, &mut context);
    runtime(devstack, &mut context);
    hosts(devstack, &mut context);
    roles(devstack, &mut context);
    ranges(devstack, &mut context);
    ports(devstack, &mut context);
}

fn branch(devstack: &Devstack, context: &mut Context<'_>) {
    let inner = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let branch = &devstack.branch;
    if branch.starts_with(|c: char| c.is_ascii_alphanumeric()) && branch.chars().all(inner) {
        return;
    }
    let message = format!("`{branch}` cannot name a branch");
    let span = context.at(&["branch"]);
    let finding = Diagnostic::error("devstack-branch", context.file, span, message);
    context
        .sink
        .push(finding.help("write `master`, or a stable one such as `stable/2026.1`"));
}

fn runtime(devstack: &Devstack, context: &mut Context<'_>) {
    if devstack.runtime.name == RuntimeName::Crio {
        return;
    }
    let message = "a devstack's cluster cannot have containerd";
    let span = context.at(&["runtime", "name"]);
    let finding = Diagnostic::error("devstack-runtime", context.file, span, message);
    context.sink.push(
        finding
            .why("devstack-plugin-container stops before kubeadm with any engine but CRI-O")
            .help("write `name: crio`, or leave it out"),
    );
}

fn hosts(devstack: &Devstack, context: &mut Context<'_>) {
    for (number, host) in devstack.hosts.iter().enumerate() {
        let before = &devstack.hosts[..number];
        name(number, host, before, context);
        address(number, host, before, context);
    }
}

fn name(number: usize, host: &Host, before: &[Host], context: &mut Context<'_>) {
    let name = &host.name;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = name.len() <= 63
        && name.starts_with(inner)
        && name.ends_with(inner)
        && name.chars().all(|c| inner(c) || c == '-');
    let message = if !label {
        format!("`{name}` cannot name a host")
    } else if before.iter().any(|other| other.name == *name) {
        format!("two hosts are called `{name}`")
    } else {
        return;
    };
    let span = context.host(number, Some("name"));
    let finding = Diagnostic::error("devstack-host-name", context.file, span, message);
    context
        .sink
        .push(finding.help("lower-case letters, digits and dashes, each name once"));
}

fn address(number: usize, host: &Host, before: &[Host], context: &mut Context<'_>) {
    let text = &host.address;
    let message = match text.parse::<Ipv4Addr>() {
        Err(_) => format!("`{text}` is not an IPv4 address"),
        Ok(address)
            if address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast() =>
        {
            format!("pods and other hosts cannot reach {address}")
        }
        Ok(_) if before.iter().any(|other| other.address == *text) => {
            format!("two hosts have the address {text}")
        }
        Ok(_) => return,
    };
    let span = context.host(number, Some("address"));
    let finding = Diagnostic::error("devstack-address", context.file, span, message);
    context
        .sink
        .push(finding.help("write the address that `ip address` shows on the hosts' network"));
}

fn roles(devstack: &Devstack, context: &mut Context<'_>) {
    let mut found: Vec<(Span, String, &str)> = Vec::new();
    for role in Role::ONE {
        if devstack.first(role).is_none() {
            let message = format!("no host has the role `{}`", role.name());
            found.push((context.at(&["hosts"]), message, "give it to one"));
        }
    }
    for role in [Role::Controller, Role::KubernetesControlPlane] {
        let having = devstack.hosts.iter().enumerate();
        let having = having.filter(|(_, host)| host.is(role));
        found.extend(having.skip(1).map(|(number, _)| {
            let message = format!("two hosts have the role `{}`", role.name());
            (context.role(number, role), message, "give it to one only")
        }));
    }
    for (number, host) in devstack.hosts.iter().enumerate() {
        if host.roles.is_empty() {
            let message = format!("the host `{}` has no role", host.name);
            found.push((context.host(number, None), message, "write its `roles`"));
        }
        if host.is(Role::KubernetesControlPlane) && host.is(Role::KubernetesWorker) {
            let message = format!("`{}` cannot join the cluster that it makes", host.name);
            let place = context.role(number, Role::KubernetesWorker);
            found.push((place, message, "the control plane takes pods, too"));
        }
    }
    for (span, message, help) in found {
        let finding = Diagnostic::error("devstack-hosts", context.file, span, message);
        context.sink.push(finding.help(help));
    }
}

fn ranges(devstack: &Devstack, context: &mut Context<'_>) {
    let openstack = &devstack.openstack;
    let kubernetes = &devstack.kubernetes;
    let named = [
        (&["kubernetes", "podCidr"], &kubernetes.pod_cidr, "pods'"),
        (
            &["kubernetes", "serviceCidr"],
            &kubernetes.service_cidr,
            "services'",
        ),
        (
            &["openstack", "fixedRange"],
            &openstack.fixed_range,
            "projects'",
        ),
        (
            &["openstack", "floatingRange"],
            &openstack.floating_range,
            "public",
        ),
    ];
    let mut known: Vec<(Ipv4Net, String)> = TACKERS
        .iter()
        .filter_map(|(net, whose)| Some((net.parse().ok()?, (*whose).to_owned())))
        .collect();
    let mut say = |span, message: String, help: &str| {
        let finding = Diagnostic::error("devstack-range", context.file, span, message);
        context.sink.push(finding.help(help));
    };
    let root = context.root;
    let at = |path: &[&str]| root.at(path).unwrap_or(root).span;
    for (path, text, whose) in named {
        let Some(net) = text.parse::<Ipv4Net>().ok().filter(|n| n.trunc() == *n) else {
            let help = "write an IPv4 range, such as `172.24.4.0/24`";
            say(at(path), format!("`{text}` is not an IPv4 range"), help);
            continue;
        };
        let clash = known
            .iter()
            .find(|(other, _)| other.contains(&net) || net.contains(other));
        // The cluster's own ranges are compared with each other where a cluster's spec is checked.
        let own = clash.is_some_and(|(_, other)| other == "pods'" && whose == "services'");
        if let Some((other, theirs)) = clash.filter(|_| !own) {
            let message =
                format!("the {whose} range {net} shares addresses with {theirs}: {other}");
            say(at(path), message, "choose ranges that share no address");
        }
        known.push((net, whose.to_owned()));
    }
    if let Some(text) = &openstack.floating_gateway {
        let range = openstack.floating_range.parse::<Ipv4Net>().ok();
        let inside = text.parse::<Ipv4Addr>().ok().zip(range);
        if !inside.is_some_and(|(gateway, range)| range.contains(&gateway)) {
            let message = format!("`{text}` is no address of {}", openstack.floating_range);
            let place = at(&["openstack", "floatingGateway"]);
            say(place, message, "leave it out for the first one");
        }
    }
    for (number, host) in devstack.hosts.iter().enumerate() {
        let Ok(address) = host.address.parse::<Ipv4Addr>() else {
            continue;
        };
        if let Some((net, whose)) = known.iter().find(|(net, _)| net.contains(&address)) {
            let hosts = root.get("hosts").map(Node::items).unwrap_or_default();
            let place = hosts.get(number).and_then(|host| host.get("address"));
            let message = format!(
                "the address {address} lies in a range that is not the hosts': {net}, {whose}"
            );
            say(
                place.unwrap_or(root).span,
                message,
                "choose ranges without the hosts' addresses",
            );
        }
    }
}

fn ports(devstack: &Devstack, context: &mut Context<'_>) {
    let table = match Ports::builtin() {
        Ok(table) => table,
        Err(error) => {
            let finding = Diagnostic::file_error("devstack-ports", context.file, error.to_string());
            context.sink.push(finding);
            return;
        }
    };
    for (number, host) in devstack.hosts.iter().enumerate() {
        let conflicts = table.conflicts(devstack, &host.roles);
        for (one, other) in conflicts {
            let brings = |roles: &[Role]| roles.iter().copied().find(|role| host.is(*role));
            let (Some(first), Some(second)) = (brings(&one.roles), brings(&other.roles)) else {
                continue;
            };
            let place = match devstack.all_in_one {
                true => context.at(&["cilium", "routing"]),
                false => context.role(number, second),
            };
            let message = format!(
                "`{}` cannot have both listen on {}/{}: {} and {}",
                host.name,
                other.range(),
                other.protocol.name(),
                one.program,
                other.program
            );
            let finding = Diagnostic::error("devstack-port-conflict", context.file, place, message)
                .why("the second does not start, or takes the connections of the first");
            let finding = match devstack.all_in_one {
                true => finding.help("take another tunnel: `routing: vxlan`"),
                false => finding
                    .label(
                        context.file,
                        context.role(number, first),
                        format!("brings {}", one.program),
                    )
                    .help(format!(
                        "give `{}` a host of its own; `vnfctl devstack ports` lists all",
                        second.name()
                    )),
            };
            context.sink.push(finding);
        }
    }
}
