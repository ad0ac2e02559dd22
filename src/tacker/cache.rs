//! A token and Tacker's address kept between runs, so that a command need not ask Keystone first.
//!
//! The file is readable by its owner alone. What it says is only believed until the first
//! 401: a token that was revoked or has run out is then replaced.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::cloud::{Cloud, Credentials};

/// What a session needs to start at once.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) token: SecretString,
    pub(super) endpoint: Url,
}

#[derive(Serialize, Deserialize)]
struct OnDisk {
    token: String,
    endpoint: Url,
}

/// The cache's file for one account in one cloud.
#[derive(Debug, Clone)]
pub(super) struct TicketFile(PathBuf);

impl TicketFile {
    /// Names the file in `directory` by a digest of the whole account, its secret included,
    /// so that a changed password never meets an old token.
    pub(super) fn new(directory: &Path, cloud: &Cloud) -> Self {
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        };
        add(cloud.auth_url.as_str());
        add(cloud.region.as_deref().unwrap_or_default());
        add(cloud.project.as_deref().unwrap_or_default());
        add(&cloud.project_domain);
        add(cloud.project_id.as_deref().unwrap_or_default());
        add(&format!("{:?}", cloud.interface));
        match &cloud.credentials {
            Credentials::Password {
                user,
                user_domain,
                password,
            } => {
                add(user);
                add(user_domain);
                add(password.expose_secret());
            }
            Credentials::ApplicationCredential { id, secret } => {
                add(id);
                add(secret.expose_secret());
            }
            Credentials::Token(token) => add(token.expose_secret()),
        }
        Self(directory.join(format!("{}.json", hex::encode(digest.finalize()))))
    }

    /// Reads the ticket; one that others could read or that is broken does not count.
    pub(super) fn load(&self) -> Option<Ticket> {
        let mode = fs::metadata(&self.0).ok()?.permissions().mode();
        if mode & 0o077 != 0 {
            return None;
        }
        let disk: OnDisk = serde_json::from_slice(&fs::read(&self.0).ok()?).ok()?;
        Some(Ticket {
            token: disk.token.into(),
            endpoint: disk.endpoint,
        })
    }

    /// Writes the ticket for the owner alone, whole or not at all.
    pub(super) fn store(&self, ticket: &Ticket) -> std::io::Result<()> {
        let Some(directory) = self.0.parent() else {
            return Ok(());
        };
        fs::create_dir_all(directory)?;
        let temporary = self.0.with_extension(format!("{}.tmp", std::process::id()));
        let disk = OnDisk {
            token: ticket.token.expose_secret().to_owned(),
            endpoint: ticket.endpoint.clone(),
        };
        let written = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .and_then(|mut file| file.write_all(&serde_json::to_vec(&disk)?))
            .and_then(|()| fs::rename(&temporary, &self.0));
        if written.is_err() {
            // The error that counts is the one above; a left-over would only confuse.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(password: &str) -> Cloud {
        Cloud {
            name: "c".into(),
            auth_url: Url::parse("http://k/v3").unwrap(),
            credentials: Credentials::Password {
                user: "u".into(),
                user_domain: "Default".into(),
                password: password.to_owned().into(),
            },
            project: None,
            project_domain: "Default".into(),
            project_id: None,
            interface: super::super::cloud::Interface::Public,
            region: None,
            cacert: None,
            insecure: false,
        }
    }

    #[test]
    fn a_ticket_comes_back_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = TicketFile::new(dir.path(), &cloud("a"));
        file.store(&Ticket {
            token: "t".to_owned().into(),
            endpoint: Url::parse("http://t/").unwrap(),
        })
        .unwrap();
        assert_eq!(file.load().unwrap().token.expose_secret(), "t");
        assert_eq!(
            fs::metadata(&file.0).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(file.load().is_none());
        assert!(TicketFile::new(dir.path(), &cloud("b")).load().is_none());
    }
}
