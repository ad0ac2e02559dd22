//! `vnfctl key`: SSH key pairs whose private half lives in Barbican and nowhere else.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Global;
use super::listing::{Columns, Listing};
use super::output;
use super::{Exit, Failure, context};
use crate::ssh::{self, KeyPair};
use crate::tacker::{self, Kind, Secrets};

/// SSH keys for nodes, kept in Barbican.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Key,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Key {
    /// Make an Ed25519 key pair; prints the public half for the spec's `access.publicKey`
    ///
    /// The private half goes into Barbican, under the name that the spec's `access.keySecret`
    /// gives; it is never in a file, an argument or a log.
    #[command(after_help = "Example:\n  vnfctl key create edge --public-key-out edge.pub")]
    Create {
        /// Name for the secret, which no other secret may have
        name: String,
        /// Write the public half to this new file too
        #[arg(long, value_name = "FILE")]
        public_key_out: Option<PathBuf>,
    },
    /// List the private keys in Barbican that you may see
    List(Listing),
    /// Delete a private key from Barbican; nodes that trust it can no longer be entered with it
    Delete {
        /// Name or UUID of the secret
        key: String,
    },
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let barbican = vnfm.client().secrets().await.map_err(no_barbican)?;
        match self.what {
            Key::Create {
                name,
                public_key_out,
            } => create(&barbican, &name, public_key_out.as_deref()).await?,
            Key::List(listing) => {
                let columns = Columns {
                    usual: &[("NAME", "/name"), ("CREATED", "/created"), ("ID", "/id")],
                    wide: &[],
                };
                listing.print(columns, &barbican.keys().await?)?;
            }
            Key::Delete { key } => barbican.delete(&barbican.find(&key).await?.id).await?,
        }
        Ok(Exit::Done)
    }
}

/// Says what to do without Barbican.
pub(super) fn no_barbican(error: tacker::Error) -> Failure {
    let missing = error.kind == Kind::Config;
    let failure = Failure::from(error);
    if !missing {
        return failure;
    }
    failure.hint("without Barbican, keep the private key on Tacker's conductor (`access.keyFile` of the spec)")
}

async fn create(barbican: &Secrets<'_>, name: &str, out: Option<&Path>) -> Result<(), Failure> {
    let valid = |c: char| c.is_ascii_graphic();
    if name.is_empty() || !name.chars().all(valid) || uuid::Uuid::try_parse(name).is_ok() {
        let failure = Failure::new(Exit::Usage, format!("`{name}` cannot be the name of a key"));
        return Err(
            failure.because("a name has letters, digits and signs, no blanks, and is no UUID")
        );
    }
    let pair = KeyPair::generate(name)?;
    let line = pair.public_line()?;
    // First, so that a place that cannot be written to is known before anything is stored.
    let file = out.map(NewFile::create).transpose()?;
    let id = barbican.store(name, &pair.private_text()?).await?;
    if let Some(file) = file
        && let Err(failure) = file.fill(&line)
    {
        // A key whose public half got lost is of no use.
        barbican.delete(&id).await?;
        return Err(failure);
    }
    output::put(&format!("{line}\n"))?;
    anstream::eprintln!(
        "the private half is in Barbican as `{name}` ({id}): in the spec, give the line above as\n\
         `access.publicKey` and `{name}` as `access.keySecret`"
    );
    Ok(())
}

/// A file that goes away again unless it was filled.
struct NewFile(std::fs::File, PathBuf, bool);

impl NewFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let made = std::fs::File::create_new(path);
        let file = made.map_err(|error| unwritten(path, error))?;
        Ok(Self(file, path.to_owned(), false))
    }

    fn fill(mut self, line: &str) -> Result<(), Failure> {
        let written = writeln!(self.0, "{line}").and_then(|()| self.0.sync_all());
        written.map_err(|error| unwritten(&self.1, error))?;
        self.2 = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.2 {
            // What it stands for failed, and that is what the person is told.
            let _ = std::fs::remove_file(&self.1);
        }
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::AlreadyExists => Exit::Conflict,
        _ => Exit::Usage,
    };
    Failure::new(exit, format!("cannot write {}", path.display())).caused_by(error)
}

impl From<ssh::Error> for Failure {
    fn from(error: ssh::Error) -> Self {
        use ssh::Error as E;
        let exit = match &error {
            E::Unread { .. } | E::NotAKey(..) | E::Protected(..) | E::Rsa(_) | E::Agent(_) => {
                Exit::Usage
            }
            E::Making(..) | E::Cut { .. } => Exit::Failed,
            E::Unreachable { .. } => Exit::Unreachable,
            E::WrongHost { .. } | E::Refused { .. } => Exit::Auth,
        };
        let mut failure = Self::new(exit, error.to_string());
        for reason in crate::lifecycle::reasons(&error).into_iter().skip(1) {
            failure = failure.because(reason);
        }
        match error {
            E::WrongHost { .. } => failure.hint(
                "a server that was rebuilt by hand has new keys: `vnfctl heal` makes them known; \
                 otherwise somebody may stand in between",
            ),
            E::Refused { .. } => failure
                .hint("log in with the private half of the spec's `access.publicKey` (--identity)"),
            _ => failure,
        }
    }
}
