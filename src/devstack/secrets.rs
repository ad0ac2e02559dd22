//! The passwords of a devstack: made once, and kept when its files are written anew.
//!
//! They stand in local.conf and nowhere else, since stack.sh reads them there, and it is theirs to be
//! readable by nobody else.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::{ExposeSecret as _, SecretString};

/// Letters and digits of a password: Horizon takes no more than 20.
const LENGTH: usize = 20;

/// The names of a local.conf's secrets; the last is the token by which nodes join.
const NAMES: [&str; 5] = [
    "ADMIN_PASSWORD",
    "DATABASE_PASSWORD",
    "RABBIT_PASSWORD",
    "SERVICE_PASSWORD",
    TOKEN,
];
const TOKEN: &str = "K8S_TOKEN";

/// Why the secrets cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A local.conf is there and cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A secret is not of the form that stack.sh and kubeadm take.
    #[error("{name} of {path} is not {form}")]
    Form {
        /// Its name.
        name: &'static str,
        /// The file.
        path: Utf8PathBuf,
        /// What it must be.
        form: &'static str,
    },
    /// Two hosts' files have different ones.
    #[error("{name} of {path} is another one than of the hosts before")]
    Differs {
        /// Its name.
        name: &'static str,
        /// The file.
        path: Utf8PathBuf,
    },
}

/// The secrets of all hosts.
#[derive(Debug)]
pub struct Secrets(BTreeMap<&'static str, SecretString>);

impl Secrets {
    /// Takes the secrets that the local.conf files at `paths` have, where there are any, and makes
    /// the others.
    ///
    /// # Errors
    /// A file cannot be read, or has what cannot be used.
    pub fn kept_or_made(paths: &[Utf8PathBuf]) -> Result<Self, SecretsError> {
        let mut secrets = BTreeMap::new();
        for path in paths {
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => {
                    let path = path.clone();
                    return Err(SecretsError::Unreadable { path, source });
                }
            };
            keep(&text, path, &mut secrets)?;
        }
        for name in NAMES {
            secrets.entry(name).or_insert_with(|| made(name));
        }
        Ok(Self(secrets))
    }

    /// The secret of that name, as it is written into the file; empty for no name of a secret.
    pub(super) fn reveal(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |secret| secret.expose_secret())
    }
}

fn keep(
    text: &str,
    path: &Utf8Path,
    secrets: &mut BTreeMap<&'static str, SecretString>,
) -> Result<(), SecretsError> {
    for line in text.lines() {
        let Some((left, value)) = line.split_once('=') else {
            continue;
        };
        let Some(name) = NAMES.into_iter().find(|name| *name == left.trim()) else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        if !fits(name, value) {
            let form = match name {
                TOKEN => "of the form abcdef.0123456789abcdef",
                _ => "letters and digits",
            };
            let path = path.to_owned();
            return Err(SecretsError::Form { name, path, form });
        }
        let other = secrets.insert(name, value.into());
        if other.is_some_and(|other| other.expose_secret() != value) {
            let path = path.to_owned();
            return Err(SecretsError::Differs { name, path });
        }
    }
    Ok(())
}

/// Tells whether stack.sh, and kubeadm for its token, take that value.
fn fits(name: &str, value: &str) -> bool {
    let alphanumeric = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
    match (name, value.split_once('.')) {
        (TOKEN, Some((id, secret))) => {
            let lower = !value.contains(|c: char| c.is_ascii_uppercase());
            lower && id.len() == 6 && secret.len() == 16 && alphanumeric(id) && alphanumeric(secret)
        }
        (TOKEN, None) => false,
        _ => !value.is_empty() && alphanumeric(value),
    }
}

/// A new secret; random UUIDs are made of the system's own randomness.
fn made(name: &str) -> SecretString {
    let digits = || uuid::Uuid::new_v4().simple().to_string();
    match name {
        TOKEN => format!("{}.{}", &digits()[..6], &digits()[..16]).into(),
        _ => digits()[..LENGTH].to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_fits_and_is_never_the_same() {
        let [one, other] = [(); 2].map(|()| Secrets::kept_or_made(&[]).expect("they are made"));
        for name in NAMES {
            assert!(fits(name, one.reveal(name)), "{name}");
            assert_ne!(one.reveal(name), other.reveal(name), "{name}");
        }
        assert!(one.reveal("ADMIN_PASSWORD").len() <= LENGTH);
    }

    #[test]
    fn debugging_tells_no_secret() {
        let secrets = Secrets::kept_or_made(&[]).expect("they are made");
        assert!(!format!("{secrets:?}").contains(secrets.reveal("ADMIN_PASSWORD")));
    }
}
