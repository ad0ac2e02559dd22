//! The site's own repository of Debian or Ubuntu packages, for nodes that reach no other.

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::types::ClusterPackage;
use crate::diagnose::{Diagnostic, Sink};
use crate::yaml::Node;

const ARMOUR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
/// A keyring larger than this is none.
const MAX_BYTES: u64 = 256 << 10;

/// A package repository, as apt's sources name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apt {
    /// Base of the repository, over HTTP or HTTPS.
    pub uri: url::Url,
    /// Suite, such as `trixie`.
    pub suite: String,
    /// Components of the suite.
    #[serde(default = "main")]
    pub components: Vec<String>,
    /// File with the armoured public key that signs the repository, relative to the spec.
    #[schemars(with = "String")]
    pub key: Utf8PathBuf,
    /// What that file says.
    #[serde(skip)]
    pub key_text: String,
}

fn main() -> Vec<String> {
    vec!["main".into()]
}

/// Checks the repository that `spec` names, if any, and reads its key.
pub(super) fn load(spec: &mut ClusterPackage, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    let Some(apt) = &mut spec.artifacts.apt else {
        return;
    };
    let at = |key: &str| {
        root.at(&["artifacts", "apt", key])
            .map_or(root.span, |node| node.span)
    };
    if !matches!(apt.uri.scheme(), "http" | "https") {
        let message = format!("nodes cannot read packages over {}", apt.uri.scheme());
        sink.push(
            Diagnostic::error("spec-value", file, at("uri"), message)
                .help("write a base that begins with http:// or https://"),
        );
    }
    let plain = |text: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-+/".contains(c);
        !text.is_empty() && text.chars().all(known)
    };
    if !plain(&apt.suite) {
        let message = format!("`{}` is not a suite", apt.suite);
        sink.push(
            Diagnostic::error("spec-value", file, at("suite"), message)
                .help("such as `trixie` or `noble`"),
        );
    }
    if apt.components.is_empty() || !apt.components.iter().all(|c| plain(c)) {
        let message = "components are one or more words";
        sink.push(
            Diagnostic::error("spec-value", file, at("components"), message)
                .help("such as `[main]`"),
        );
    }
    match read(&apt.key) {
        Ok(text) => apt.key_text = text,
        Err(reason) => {
            let message = format!("{} cannot be the repository's key: {reason}", apt.key);
            sink.push(
                Diagnostic::error("spec-apt-key", file, at("key"), message)
                    .help("gpg --armor --export KEYID > key.asc"),
            );
        }
    }
}

fn read(path: &Utf8Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !size.is_file() || size.len() > MAX_BYTES {
        return Err("it is no file, or a very large one".into());
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if text.contains("PRIVATE KEY") || !text.contains(ARMOUR) {
        return Err("it holds no armoured public key".into());
    }
    Ok(text)
}
