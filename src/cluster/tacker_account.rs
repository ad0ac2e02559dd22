//! An account in the cluster for Tacker's Kubernetes VIM, with the rights that its driver needs
//! and no others; `tacker_account.yaml` says what each is for. It is made by kubectl: on a control
//! plane of a cluster that is a VNF, or here, with a kubeconfig, in any other.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::Deserialize;

use super::kubectl::Kubectl;
use super::{Entry, Error, Kubeconfig};

const MANIFEST: &str = include_str!("tacker_account.yaml");
/// Applies the manifest and prints the token's secret, once the cluster has filled it.
const MAKE: &str = "sudo -n sh -c 'export KUBECONFIG=/etc/kubernetes/admin.conf; \
    kubectl apply -f - >&2 && \
    kubectl -n vnfctl-tacker wait --for=jsonpath={.data.token} --timeout=60s secret/tacker-token >&2 && \
    kubectl -n vnfctl-tacker get secret tacker-token -o json'";

/// What of kubectl is used where a kubeconfig is at hand.
const APPLY: &[&str] = &["apply", "-f", "-"];
const AWAIT: &[&str] = &[
    "wait",
    "-n",
    "vnfctl-tacker",
    "--for=jsonpath={.data.token}",
    "--timeout=60s",
    "secret/tacker-token",
];
const GET: &[&str] = &[
    "get",
    "-n",
    "vnfctl-tacker",
    "secret",
    "tacker-token",
    "-o",
    "json",
];
const SERVER: &[&str] = &[
    "config",
    "view",
    "--minify",
    "-o",
    "jsonpath={.clusters[0].cluster.server}",
];

/// What Tacker is told of a cluster.
#[derive(Debug)]
pub struct TackerAccount {
    /// The API server's address.
    pub server: String,
    /// What proves who it is, for good.
    pub token: SecretString,
    /// The authority of the API server's certificate (PEM).
    pub authority: String,
}

#[derive(Deserialize)]
struct Secret {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    token: String,
    #[serde(rename = "ca.crt")]
    authority: String,
}

impl Entry {
    /// Makes the account, or brings its rights up to date, and returns what Tacker needs of it.
    ///
    /// # Errors
    /// Those of the shell; `kubectl` refuses; the cluster gives no token.
    pub async fn tacker_account(&self, kubeconfig: &Kubeconfig) -> Result<TackerAccount, Error> {
        let server = kubeconfig.server();
        let server = server.ok_or_else(|| Error::Unusable("the cluster has no address".into()))?;
        let said = self.run("making Tacker's account", MAKE, MANIFEST.as_bytes());
        let (token, authority) = read(&said.await?)?;
        Ok(TackerAccount {
            server: server.to_owned(),
            token,
            authority,
        })
    }
}

impl TackerAccount {
    /// Makes the account, or brings its rights up to date, with the kubectl of this machine and
    /// the kubeconfig `file`, in its context `context` or the current one.
    ///
    /// # Errors
    /// There is no `kubectl`, or it refuses; the cluster gives no token.
    pub async fn by_kubeconfig(file: &Path, context: Option<&str>) -> Result<Self, Error> {
        let kubectl = Kubectl { file, context };
        let server = String::from_utf8_lossy(&kubectl.run(SERVER, "").await?).into_owned();
        if server.is_empty() {
            let why = format!("{} names no cluster's address", file.display());
            return Err(Error::Unusable(why));
        }
        kubectl.run(APPLY, MANIFEST).await?;
        kubectl.run(AWAIT, "").await?;
        let (token, authority) = read(&kubectl.run(GET, "").await?)?;
        Ok(Self {
            server,
            token,
            authority,
        })
    }
}

/// Reads token and authority in a secret; nothing of it is repeated in an error.
fn read(secret: &[u8]) -> Result<(SecretString, String), Error> {
    let odd = |what: &str| Error::Unusable(format!("the secret of Tacker's token has no {what}"));
    let secret: Secret = serde_json::from_slice(secret).map_err(|_| odd("token or ca.crt"))?;
    let text = |encoded: &str| {
        let bytes = STANDARD.decode(encoded).ok()?;
        String::from_utf8(bytes)
            .ok()
            .filter(|text| !text.is_empty())
    };
    let token = text(&secret.data.token).ok_or_else(|| odd("token"))?;
    let authority = text(&secret.data.authority).ok_or_else(|| odd("ca.crt"))?;
    Ok((token.into(), authority))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use serde_yaml::Value;

    #[test]
    fn a_token_is_read_and_never_repeated() {
        let secret = br#"{"data": {"token": "c2VjcmV0", "ca.crt": "UEVN"}}"#;
        let (token, authority) = read(secret).unwrap();
        assert_eq!(
            (token.expose_secret(), authority.as_str()),
            ("secret", "PEM")
        );
        for broken in [
            r#"{"data": {"token": "c2VjcmV0"}}"#,
            r#"{"data": {"token": "c2Vjcm?", "ca.crt": "UEVN"}}"#,
            r#"{"data": {"token": "", "ca.crt": "UEVN"}}"#,
        ] {
            let said = read(broken.as_bytes()).unwrap_err().to_string();
            assert!(!said.contains("c2Vj"), "{said}");
        }
    }

    /// The manifest grants nothing by wildcard, and nothing that would let its holder grant more.
    #[test]
    fn no_right_is_more_than_its_name() {
        let documents = MANIFEST
            .split("\n---\n")
            .map(|text| serde_yaml::from_str::<Value>(text).unwrap());
        let documents: Vec<Value> = documents.collect();
        let kinds: Vec<&str> = documents
            .iter()
            .map(|one| one["kind"].as_str().unwrap())
            .collect();
        let expected = [
            "Namespace",
            "ServiceAccount",
            "ClusterRole",
            "ClusterRoleBinding",
            "Secret",
        ];
        assert_eq!(kinds, expected);
        for rule in documents[2]["rules"].as_sequence().unwrap() {
            for list in ["apiGroups", "resources", "verbs", "nonResourceURLs"] {
                for word in rule[list].as_sequence().into_iter().flatten() {
                    let word = word.as_str().unwrap();
                    assert!(!word.contains('*'), "{rule:?}");
                    assert!(
                        !["escalate", "bind", "impersonate"].contains(&word),
                        "{rule:?}"
                    );
                }
            }
        }
    }
}
