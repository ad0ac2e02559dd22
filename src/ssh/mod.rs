//! SSH as far as nodes are entered: key pairs, certificates of an authority, a shell on a host
//! whose keys are known.
//!
//! Private keys and what is read over a shell stay in memory. A host is never trusted because it
//! answered: its keys are given, or there is no connection.

mod agent;
mod authority;
mod identity;
mod key;
mod shell;
mod stream;

pub use agent::Agent;
pub use authority::{Authority, LONGEST, Wanted};
pub use identity::Identity;
pub use key::KeyPair;
pub use shell::{Host, Output, Shell};
pub use stream::{Stdio, quoted};

use std::path::PathBuf;

/// Why nothing came of it. No text has any part of a private key in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}", .file.display())]
    Unread {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What should be a key is none.
    #[error("{0} is no SSH {1}")]
    NotAKey(String, &'static str),
    /// A private key has a passphrase, which is not asked for.
    #[error("{0} is protected by a passphrase, and {1}")]
    Protected(String, String),
    /// A key of the one kind that is not used here.
    #[error("{0} is an RSA key: take an Ed25519 or ECDSA key, or for a login ssh-agent")]
    Rsa(String),
    /// The agent cannot be talked to, or will not do it.
    #[error("ssh-agent {0}")]
    Agent(String),
    /// A key pair or certificate could not be made.
    #[error("cannot make the {0}")]
    Making(&'static str, #[source] russh::keys::ssh_key::Error),
    /// There is no connection.
    #[error("no connection to {host} at {address}")]
    Unreachable {
        /// What it is called.
        host: String,
        /// Where it was looked for.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another machine answers, or somebody in between.
    #[error(
        "{host} at {address} shows a host key that is none of those that are known of it ({shown})"
    )]
    WrongHost {
        /// What it is called.
        host: String,
        /// Where it was looked for.
        address: String,
        /// The fingerprint of what it showed.
        shown: String,
    },
    /// The host is right and refuses the login.
    #[error("{host} refuses {user} with {identity}")]
    Refused {
        /// What it is called.
        host: String,
        /// The login.
        user: String,
        /// What was tried.
        identity: String,
    },
    /// A command did not come to its end.
    #[error("{what} on {host} did not end: {why}")]
    Cut {
        /// What it is called.
        host: String,
        /// What was being done, without its input.
        what: String,
        /// Why.
        why: String,
    },
}
