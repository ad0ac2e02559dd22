//! From the global options and the environment to a client and a driver.

use std::path::PathBuf;

use camino::Utf8PathBuf;

use super::args::Global;
use super::{Exit, Failure};
use crate::lifecycle::Vnfm;
use crate::sandbox::Sandbox;
use crate::tacker::{self, Client, Generation, Kind, Session, cloud};

pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns a driver on the cloud that the person means.
pub(super) fn vnfm(global: &Global) -> Result<Vnfm, Failure> {
    if let Some(embedded) = &global.embedded {
        let vnfm = sandboxed(embedded.sandbox())?;
        return Ok(match embedded.is_kept() {
            // Its address is another one each time.
            true => journaled(vnfm, Some("sandbox")),
            false => vnfm,
        });
    }
    let mut cloud = cloud::find(global.os_cloud.as_deref(), &env)?;
    cloud.insecure |= global.insecure;
    if let Some(path) = &global.os_cacert {
        cloud.cacert = Some(path.clone());
    }
    let session = Session::new(cloud, directory("XDG_CACHE_HOME", ".cache"))?;
    Ok(journaled(
        driver(session, global.os_tacker_api_version),
        None,
    ))
}

/// Has a driver write down what it asks of the server of that name, or of the account.
fn journaled(vnfm: Vnfm, server: Option<&str>) -> Vnfm {
    vnfm.journaled(state().join("journal.db"), server.map(str::to_owned))
}

/// Returns a driver on a sandbox of this process, which no kept token could belong to.
fn sandboxed(sandbox: &Sandbox) -> Result<Vnfm, Failure> {
    let pairs = [
        ("OS_AUTH_URL", sandbox.auth_url()),
        ("OS_USERNAME", Sandbox::USER.to_owned()),
        ("OS_PASSWORD", sandbox.password().to_owned()),
        ("OS_PROJECT_NAME", Sandbox::PROJECT.to_owned()),
    ];
    let account = |name: &str| {
        let pair = pairs.iter().find(|(key, _)| *key == name);
        pair.map(|(_, value)| value.clone())
    };
    let mut cloud = cloud::find(None, &account)?;
    cloud.name = "sandbox".into();
    Ok(driver(Session::new(cloud, None)?, Generation::V2))
}

fn driver(session: Session, generation: Generation) -> Vnfm {
    let client = Client::new(session).of(generation);
    Vnfm::new(client, state().join("locks"))
}

/// The folder of what is to be remembered.
fn state() -> Utf8PathBuf {
    directory("XDG_STATE_HOME", ".local/state")
        .and_then(|path| Utf8PathBuf::from_path_buf(path).ok())
        .unwrap_or_else(|| Utf8PathBuf::from("."))
}

pub(super) fn directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    env(variable)
        .map(PathBuf::from)
        .or_else(|| env("HOME").map(|home| PathBuf::from(home).join(below_home)))
        .map(|base| base.join("vnfctl"))
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Auth => Self::Auth,
            Kind::NotFound => Self::NotFound,
            Kind::Conflict => Self::Conflict,
            Kind::Invalid | Kind::Config => Self::Usage,
            Kind::Unreachable => Self::Unreachable,
            Kind::Server | Kind::NotUnderstood => Self::Failed,
        }
    }
}

impl From<tacker::Error> for Failure {
    fn from(error: tacker::Error) -> Self {
        let kind = error.kind;
        let failure = Self::new(Exit::from(kind), error.to_string());
        match kind {
            Kind::Auth => failure
                .hint("check the account in clouds.yaml or OS_*, and its role in the project"),
            Kind::Unreachable => failure
                .hint("check the address in clouds.yaml or OS_AUTH_URL, and that the service runs"),
            _ => failure,
        }
    }
}
