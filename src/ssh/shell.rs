//! One command after the other on a host whose keys are known beforehand.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::ssh_key::HashAlg;
use russh::keys::{PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{ChannelMsg, Disconnect, Preferred};

use super::{Error, Identity, key};

/// Longest to wait for a connection and a login.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than this is no answer that anybody asked for, in bytes.
const LARGEST: usize = 16 << 20;

/// A host and its keys.
#[derive(Debug, Clone)]
pub struct Host {
    /// What it is called.
    pub name: String,
    /// Where it is; tried in this order.
    pub addresses: Vec<IpAddr>,
    /// Its public keys, each as `TYPE BASE64`.
    pub keys: Vec<String>,
}

/// What became of a command.
#[derive(Clone)]
pub struct Output {
    /// Its exit status.
    pub status: u32,
    /// What it printed, which may be secret.
    pub stdout: Vec<u8>,
    /// What it complained.
    pub stderr: Vec<u8>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, .. } = self;
        write!(f, "Output {{ status: {status}, {} bytes }}", stdout.len())
    }
}

/// A login on a host.
pub struct Shell {
    pub(super) session: Handle<OnlyKnown>,
    pub(super) name: String,
    address: IpAddr,
}

/// Lets a connection come about only with a host that shows a key known of it.
pub(super) struct OnlyKnown {
    known: Vec<PublicKey>,
    stranger: Arc<Mutex<Option<String>>>,
}

impl client::Handler for OnlyKnown {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            return Ok(false); // only plain keys are offered to it
        };
        let is_known = self
            .known
            .iter()
            .any(|one| one.key_data() == key.key_data());
        if !is_known && let Ok(mut stranger) = self.stranger.lock() {
            *stranger = Some(key.fingerprint(HashAlg::Sha256).to_string());
        }
        Ok(is_known)
    }
}

impl Shell {
    /// Logs in to `host`, at the first of its addresses that answers.
    ///
    /// # Errors
    /// No key of the host is known, none of its addresses answers, another host does, or the
    /// login is refused.
    pub async fn open(
        host: &Host,
        port: u16,
        user: &str,
        identity: &Identity,
    ) -> Result<Self, Error> {
        let mut last = None;
        for address in &host.addresses {
            let opened = tokio::time::timeout(PATIENCE, open(host, *address, port, user, identity));
            match opened.await {
                Ok(Ok(shell)) => return Ok(shell),
                // Waiting for another address does not make a stranger the right host.
                Ok(Err(error @ (Error::WrongHost { .. } | Error::Refused { .. }))) => {
                    return Err(error);
                }
                Ok(Err(error)) => last = Some(error),
                Err(_) => {
                    last = Some(Error::Unreachable {
                        host: host.name.clone(),
                        address: address.to_string(),
                        source: format!("no login within {} s", PATIENCE.as_secs()).into(),
                    });
                }
            }
        }
        Err(last.unwrap_or_else(|| Error::Unreachable {
            host: host.name.clone(),
            address: "any address".into(),
            source: "the cloud knows none of it".into(),
        }))
    }

    /// Returns the address that answered.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Runs a command with `stdin`; `what` says in an error what was being done.
    ///
    /// # Errors
    /// The connection breaks, the command prints too much, or it takes longer than `patience`.
    pub async fn run(
        &self,
        what: &str,
        command: &str,
        stdin: &[u8],
        patience: Duration,
    ) -> Result<Output, Error> {
        let cut = |why: String| Error::Cut {
            host: self.name.clone(),
            what: what.to_owned(),
            why,
        };
        match tokio::time::timeout(patience, self.exchange(command, stdin)).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(why)) => Err(cut(why)),
            Err(_) => Err(cut(format!("not within {} s", patience.as_secs()))),
        }
    }

    async fn exchange(&self, command: &str, stdin: &[u8]) -> Result<Output, String> {
        let broken = |error: russh::Error| error.to_string();
        let mut channel = self.session.channel_open_session().await.map_err(broken)?;
        channel.exec(true, command).await.map_err(broken)?;
        if !stdin.is_empty() {
            channel.data(stdin).await.map_err(broken)?;
        }
        channel.eof().await.map_err(broken)?;
        let (mut stdout, mut stderr, mut status) = (Vec::new(), Vec::new(), None);
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => stdout.extend_from_slice(&data),
                ChannelMsg::ExtendedData { data, .. } => stderr.extend_from_slice(&data),
                ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    return Err(format!("ended by signal {signal_name:?}"));
                }
                ChannelMsg::Failure => return Err("the host does not run commands".into()),
                _ => {}
            }
            if stdout.len() + stderr.len() > LARGEST {
                return Err(format!("it prints more than {} MiB", LARGEST >> 20));
            }
        }
        let status = status.ok_or("the connection broke off")?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    /// Logs out.
    pub async fn close(self) {
        // Whoever has what they wanted does not care whether the host heard the good-bye.
        let _ = self
            .session
            .disconnect(Disconnect::ByApplication, "", "en")
            .await;
    }
}

async fn open(
    host: &Host,
    address: IpAddr,
    port: u16,
    user: &str,
    identity: &Identity,
) -> Result<Shell, Error> {
    let unreachable = |source: Box<dyn std::error::Error + Send + Sync>| Error::Unreachable {
        host: host.name.clone(),
        address: address.to_string(),
        source,
    };
    let known = host
        .keys
        .iter()
        .filter_map(|line| key::public(line, "").ok());
    // A key that this program does not speak is no reason not to take another.
    let known: Vec<PublicKey> = known.filter(|key| !key.algorithm().is_rsa()).collect();
    if known.is_empty() {
        return Err(unreachable(
            "no Ed25519 or ECDSA host key of it is known".into(),
        ));
    }
    let algorithms = known.iter().map(PublicKey::algorithm).collect();
    let stranger = Arc::new(Mutex::new(None));
    let checker = OnlyKnown {
        known,
        stranger: Arc::clone(&stranger),
    };
    let config = client::Config {
        preferred: Preferred {
            key: Cow::Owned(algorithms),
            ..Preferred::default()
        },
        keepalive_interval: Some(Duration::from_secs(15)),
        nodelay: true,
        ..client::Config::default()
    };
    let socket = SocketAddr::new(address, port);
    let connected = client::connect(Arc::new(config), socket, checker).await;
    let mut session = match connected {
        Ok(session) => session,
        Err(error) => {
            let shown = stranger.lock().ok().and_then(|mut shown| shown.take());
            return Err(match shown {
                Some(shown) => Error::WrongHost {
                    host: host.name.clone(),
                    address: address.to_string(),
                    shown,
                },
                None => unreachable(Box::new(error)),
            });
        }
    };
    let entered = log_in(&mut session, user, identity).await;
    let entered = entered.map_err(|why| match why {
        Ok(agent) => agent,
        Err(broken) => unreachable(Box::new(broken)),
    })?;
    if !entered {
        return Err(Error::Refused {
            host: host.name.clone(),
            user: user.to_owned(),
            identity: identity.source().to_owned(),
        });
    }
    Ok(Shell {
        session,
        name: host.name.clone(),
        address,
    })
}

/// Tells whether the host lets `user` in.
async fn log_in(
    session: &mut Handle<OnlyKnown>,
    user: &str,
    identity: &Identity,
) -> Result<bool, Result<Error, russh::Error>> {
    match identity {
        Identity::Key {
            key,
            certificate: Some(certificate),
            ..
        } => {
            let certificate = certificate.as_ref().clone();
            let tried = session.authenticate_openssh_cert(user, Arc::clone(key), certificate);
            Ok(tried.await.map_err(Err)?.success())
        }
        Identity::Key { key, .. } => {
            let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
            let tried = session.authenticate_publickey(user, key).await;
            Ok(tried.map_err(Err)?.success())
        }
        Identity::Agent(agent) => {
            let identities = agent.identities().await.map_err(Ok)?;
            let mut signer = agent.connect().await.map_err(Ok)?;
            for identity in identities {
                let tried = offer(session, user, identity, &mut signer).await;
                match tried.map_err(|error| Ok(Error::Agent(format!("does not sign: {error}"))))? {
                    AuthResult::Success => return Ok(true),
                    AuthResult::Failure { .. } => {}
                }
            }
            Ok(false)
        }
    }
}

async fn offer(
    session: &mut Handle<OnlyKnown>,
    user: &str,
    identity: AgentIdentity,
    signer: &mut russh::keys::agent::client::AgentClient<tokio::net::UnixStream>,
) -> Result<AuthResult, russh::AgentAuthError> {
    match identity {
        AgentIdentity::PublicKey { key, .. } => {
            let hash = key.algorithm().is_rsa().then_some(HashAlg::Sha512);
            session
                .authenticate_publickey_with(user, key, hash, signer)
                .await
        }
        AgentIdentity::Certificate { certificate, .. } => {
            session
                .authenticate_certificate_with(user, certificate, None, signer)
                .await
        }
    }
}
