//! Which program of which role listens where: data with its sources, and the clashes in it.

use serde::{Deserialize, Serialize};

use super::spec::{Devstack, Encryption, Role};
use crate::spec::RoutingMode;

/// The compiled-in data is not readable, which only a broken build can cause.
#[derive(Debug, thiserror::Error)]
#[error("the built-in table of ports cannot be read")]
pub struct PortsError(#[from] serde_yaml::Error);

/// The table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// The day on which the sources were read (ISO).
    pub read: String,
    /// Who listens where.
    pub ports: Vec<Listener>,
}

/// A program that listens on a port, or on a range of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Listener {
    /// The port, or the first of them.
    pub port: u16,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u16>,
    /// TCP or UDP.
    #[serde(default)]
    pub protocol: Protocol,
    /// Where: every address of the host, or loopback.
    #[serde(default)]
    pub on: Interface,
    /// Whose it is.
    pub program: String,
    /// The roles that bring it.
    pub roles: Vec<Role>,
    /// The option without which it does not listen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Why it does not listen when one host has all roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_in_one: Option<String>,
    /// Who says so.
    pub source: String,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Where a program listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    /// An address that other hosts reach.
    #[default]
    Any,
    /// The host itself only.
    Loopback,
}

/// An option of the spec that brings a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// `cilium.routing: vxlan`.
    Vxlan,
    /// `cilium.routing: geneve`.
    Geneve,
    /// `cilium.encryption: wireguard`.
    Wireguard,
    /// `cilium.hubble: true`.
    Hubble,
}

impl Condition {
    /// Tells whether a spec has that option.
    #[must_use]
    pub fn holds(self, devstack: &Devstack) -> bool {
        let cilium = &devstack.cilium;
        match self {
            Self::Vxlan => cilium.routing == RoutingMode::Vxlan,
            Self::Geneve => cilium.routing == RoutingMode::Geneve,
            Self::Wireguard => cilium.encryption == Encryption::Wireguard,
            Self::Hubble => cilium.hubble,
        }
    }
}

impl Listener {
    /// The port or the range, as a person writes it.
    #[must_use]
    pub fn range(&self) -> String {
        match self.to {
            None => self.port.to_string(),
            Some(last) => format!("{}-{last}", self.port),
        }
    }

    /// The last port.
    #[must_use]
    pub fn last(&self) -> u16 {
        self.to.unwrap_or(self.port)
    }

    /// Tells whether that port of that protocol is one of its own.
    #[must_use]
    pub fn has(&self, protocol: Protocol, port: u16) -> bool {
        self.protocol == protocol && (self.port..=self.last()).contains(&port)
    }

    /// Tells whether both cannot listen on one host. A program shared by two roles runs once.
    fn clashes(&self, other: &Self) -> bool {
        self.protocol == other.protocol
            && self.port <= other.last()
            && other.port <= self.last()
            && self.program != other.program
    }
}

impl Ports {
    /// Returns the table compiled in.
    ///
    /// # Errors
    /// When the data file of the source tree is malformed.
    pub fn builtin() -> Result<Self, PortsError> {
        Ok(serde_yaml::from_str(include_str!("ports.yaml"))?)
    }

    /// What listens on a host with these roles of a devstack.
    pub fn of<'p>(
        &'p self,
        devstack: &'p Devstack,
        roles: &'p [Role],
    ) -> impl Iterator<Item = &'p Listener> {
        self.ports.iter().filter(move |listener| {
            listener.roles.iter().any(|role| roles.contains(role))
                && listener.when.is_none_or(|when| when.holds(devstack))
                && !(devstack.all_in_one && listener.all_in_one.is_some())
        })
    }

    /// The pairs of programs that cannot both listen on a host with these roles.
    #[must_use]
    pub fn conflicts<'p>(
        &'p self,
        devstack: &'p Devstack,
        roles: &'p [Role],
    ) -> Vec<(&'p Listener, &'p Listener)> {
        let all: Vec<_> = self.of(devstack, roles).collect();
        let pairs = all
            .iter()
            .enumerate()
            .flat_map(|(at, one)| all[..at].iter().map(move |other| (*other, *one)));
        pairs.filter(|(one, other)| one.clashes(other)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_data_is_of_the_form_that_rules_read() {
        let table = Ports::builtin().expect("it is readable");
        assert!(table.read.parse::<jiff::civil::Date>().is_ok());
        for one in &table.ports {
            assert!(one.port <= one.last(), "{one:?}");
            assert!(!one.roles.is_empty() && !one.source.is_empty(), "{one:?}");
        }
    }

    /// Roles that may not share a host must clash by more than a rule's opinion.
    #[test]
    fn each_role_is_in_the_table() {
        let table = Ports::builtin().expect("it is readable");
        for role in Role::ALL {
            assert!(table.ports.iter().any(|one| one.roles.contains(&role)));
        }
    }
}
