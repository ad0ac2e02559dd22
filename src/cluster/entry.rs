//! The way onto a control plane: its server's addresses from Nova, its host keys from the VNF's
//! metadata, where the management script keeps what it read on the servers' consoles.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::{Error, Settings};
use crate::ssh::{Host, Identity, Output, Shell, Stdio, quoted};
use crate::tacker::{Client, VnfInstance};

/// Where the management script keeps host keys (`scripts/mgmt/cluster_mgmt.py`).
const HOST_KEYS: &str = "vnfctlHostKeys";
/// Where it keeps the UUID of the secret that the private key was read from.
const KEY_SECRET: &str = "vnfctlSshKeySecret";
const SSH_PORT: u16 = 22;
/// Longest that a command on a control plane may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What programs on a control plane need to be root's: where the cluster is, where programs are.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("KUBECONFIG", "/etc/kubernetes/admin.conf"),
    (
        "PATH",
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ),
    ("HOME", "/root"),
];

/// A login on one of a cluster's control planes.
pub struct Entry {
    shell: Shell,
    /// Which one.
    pub node: String,
    /// Whether the way in is an address that the machine itself does not have.
    pub by_floating_address: bool,
}

/// Returns the secret in Barbican that has the nodes' private key: the one that the last
/// operation used, else the one that the package names.
#[must_use]
pub fn key_secret<'v>(vnf: &'v VnfInstance, settings: &'v Settings) -> Option<&'v str> {
    let used = metadata(vnf).and_then(|metadata| metadata.get(KEY_SECRET)?.as_str());
    used.or(settings.access.key_secret.as_deref())
}

fn metadata(vnf: &VnfInstance) -> Option<&Value> {
    vnf.instantiated_vnf_info.as_ref()?.rest.get("metadata")
}

/// Returns the servers of the control planes whose host keys are known, with these keys.
fn control_planes(
    vnf: &VnfInstance,
    settings: &Settings,
) -> Result<Vec<(String, Vec<String>)>, Error> {
    let unusable = |why: &str| Err(Error::Unusable(format!("VNF `{}` {why}", vnf.label())));
    let Some(info) = vnf
        .instantiated_vnf_info
        .as_ref()
        .filter(|_| vnf.is_instantiated())
    else {
        return unusable("is not instantiated");
    };
    let known = metadata(vnf).and_then(|metadata| metadata.get(HOST_KEYS));
    let known = known.cloned().unwrap_or_default();
    let mut known: BTreeMap<String, Vec<String>> =
        serde_json::from_value(known).unwrap_or_default();
    let vdu = |one: &crate::tacker::VnfcResourceInfo| {
        let vdu = one.rest.get("vduId").and_then(Value::as_str);
        vdu.is_some_and(|vdu| settings.is_control_plane(vdu))
    };
    let mut servers = info
        .vnfc_resource_info
        .iter()
        .filter(|one| vdu(one))
        .peekable();
    if servers.peek().is_none() {
        return unusable("has no control plane");
    }
    let servers = servers.filter_map(|one| {
        let id = &one.compute_resource.resource_id;
        Some((
            id.clone(),
            known.remove(id).filter(|keys| !keys.is_empty())?,
        ))
    });
    let servers: Vec<_> = servers.collect();
    if servers.is_empty() {
        return unusable(
            "has no host keys of its control planes in its metadata; its management script puts \
             them there when an operation ends well (`vnfctl heal`)",
        );
    }
    Ok(servers)
}

impl Entry {
    /// Logs in to the first control plane that answers.
    ///
    /// # Errors
    /// None is known or answers, another machine answers, the login is refused, or those of
    /// asking Nova.
    pub async fn open(
        client: &Client,
        vnf: &VnfInstance,
        settings: &Settings,
        identity: &Identity,
    ) -> Result<Self, Error> {
        let servers = control_planes(vnf, settings)?;
        let inventory = client.inventory().await?;
        let mut last = None;
        for (id, keys) in servers {
            let machine = match inventory.machine(&id).await {
                Ok(machine) => machine,
                Err(error) => {
                    last = Some(Error::from(error));
                    continue;
                }
            };
            let host = Host {
                name: machine.name.clone(),
                addresses: machine.addresses.iter().map(|one| one.address).collect(),
                keys,
            };
            match Shell::open(&host, SSH_PORT, &settings.access.user, identity).await {
                Ok(shell) => {
                    let mut addresses = machine.addresses.iter();
                    let used = addresses.find(|one| one.address == shell.address());
                    return Ok(Self {
                        by_floating_address: used.is_some_and(|one| one.floating),
                        node: machine.name,
                        shell,
                    });
                }
                Err(error @ crate::ssh::Error::Unreachable { .. }) => last = Some(error.into()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last
            .unwrap_or_else(|| Error::Unusable("there is no control plane to log in to".into())))
    }

    /// Runs a command and returns what it printed; `what` names it in an error.
    pub(super) async fn run(
        &self,
        what: &str,
        command: &str,
        stdin: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let output = self.shell.run(what, command, stdin, PATIENCE).await?;
        self.good(what, output)
    }

    /// Runs a program as root, the cluster's administrator, and returns what it printed and its
    /// status, whatever that is; `what` names it in an error.
    pub(super) async fn asks(
        &self,
        what: &str,
        words: &[&str],
        stdin: &[u8],
        patience: Duration,
    ) -> Result<Output, Error> {
        let mut command = "sudo -n env".to_owned();
        let environment = ENVIRONMENT.map(|(name, value)| format!("{name}={value}"));
        let words = words.iter().map(|word| (*word).to_owned());
        for word in environment.into_iter().chain(words) {
            command.push(' ');
            command += &quoted(&word);
        }
        Ok(self.shell.run(what, &command, stdin, patience).await?)
    }

    /// The same for a program that must end well.
    pub(super) async fn told(&self, what: &str, words: &[&str]) -> Result<Vec<u8>, Error> {
        let output = self.asks(what, words, &[], PATIENCE).await?;
        self.good(what, output)
    }

    /// Returns what a program printed that ended well.
    pub(super) fn good(&self, what: &str, output: Output) -> Result<Vec<u8>, Error> {
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        if status == 0 {
            return Ok(stdout);
        }
        let said = String::from_utf8_lossy(&stderr);
        let said = said.lines().rfind(|line| !line.trim().is_empty());
        let said = said.unwrap_or("it says nothing").trim();
        Err(Error::Ended {
            what: what.to_owned(),
            node: self.node.clone(),
            status,
            said: said.to_owned(),
        })
    }

    /// Runs a program as root, the cluster's administrator, and passes on what it says to `told`
    /// while it says it. When `interrupt` is over, it is interrupted there and its end awaited.
    ///
    /// Returns its exit status.
    ///
    /// # Errors
    /// Those of the shell; `told` fails.
    pub async fn streams(
        &self,
        what: &str,
        words: &[String],
        interrupt: impl Future<Output = ()>,
        told: impl FnMut(Stdio, &[u8]) -> io::Result<()>,
    ) -> Result<u32, Error> {
        let run = self
            .shell
            .stream(what, &ENVIRONMENT, words, interrupt, told);
        Ok(run.await?)
    }

    /// Logs out.
    pub async fn close(self) {
        self.shell.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> Settings {
        let text = json!({"access": {"user": "debian", "keySecret": "edge"},
            "vdus": {"controlPlane": {"role": "control-plane"}, "worker": {"role": "worker"}}});
        serde_json::from_value(text).unwrap()
    }

    fn vnf(metadata: &Value) -> VnfInstance {
        let resource = |id: &str, vdu: &str| json!({"id": id, "vduId": vdu, "computeResource": {"resourceId": id}});
        let text = json!({"id": "v", "vnfInstanceName": "edge1", "vnfdId": "d",
            "instantiationState": "INSTANTIATED", "instantiatedVnfInfo": {"flavourId": "ha",
                "vnfcResourceInfo": [resource("c1", "controlPlane"), resource("w1", "worker"), resource("c2", "controlPlane")],
                "metadata": metadata}});
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn only_control_planes_with_known_keys_are_entered() {
        let keys = json!({"vnfctlHostKeys": {"c2": ["ssh-ed25519 AAAA"], "w1": ["ssh-ed25519 BBBB"], "c1": []}});
        let found = control_planes(&vnf(&keys), &settings()).unwrap();
        assert_eq!(
            found,
            [("c2".to_owned(), vec!["ssh-ed25519 AAAA".to_owned()])]
        );
        let none =
            control_planes(&vnf(&json!({"vnfctlHostKeys": "odd"})), &settings()).unwrap_err();
        assert!(none.to_string().contains("no host keys"), "{none}");
    }

    #[test]
    fn the_secret_that_was_used_wins_over_the_packages() {
        assert_eq!(key_secret(&vnf(&json!({})), &settings()), Some("edge"));
        let used = json!({"vnfctlSshKeySecret": "uuid"});
        assert_eq!(key_secret(&vnf(&used), &settings()), Some("uuid"));
    }
}
