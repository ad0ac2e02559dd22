//! `vnfctl sandbox`: the embedded VNFM in the foreground, until Ctrl-C.

use std::net::SocketAddr;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use super::{Exit, Failure};
use crate::sandbox::{Fault, Options, Sandbox, StartError, TOKEN_SECONDS};

/// Serves an embedded VNFM on loopback until Ctrl-C.
#[derive(Debug, Args)]
pub(super) struct Command {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Directory to keep the state in [default: memory]
    #[arg(long, value_name = "DIR")]
    data: Option<Utf8PathBuf>,
    /// How long an operation takes, in milliseconds
    #[arg(long, default_value_t = 1500, value_name = "MILLISECONDS")]
    speed: u64,
    /// Makes an operation fail once in STARTING, PROCESSING or ROLLING_BACK; may be repeated
    #[arg(long = "fault", value_name = "OPERATION:STATE[:DETAIL]")]
    faults: Vec<Fault>,
    /// Flavor, image or network that the cloud does not have; may be repeated
    #[arg(long = "lacks", value_name = "NAME")]
    lacks: Vec<String>,
}

impl Command {
    /// Starts it, prints how to reach it, and waits for Ctrl-C.
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        if let Some(directory) = &self.data {
            std::fs::create_dir_all(directory).map_err(|error| {
                Failure::new(Exit::Usage, format!("cannot make {directory}")).caused_by(error)
            })?;
        }
        let file = self.data.map(|directory| directory.join("sandbox.db"));
        let options = Options {
            listen: self.listen,
            data: file.as_deref(),
            token_seconds: TOKEN_SECONDS,
            duration: Duration::from_millis(self.speed),
            faults: self.faults,
            lacks: self.lacks,
        };
        let sandbox = Sandbox::start(options).await.map_err(not_started)?;
        anstream::print!("{}", exports(&sandbox));
        anstream::eprintln!("The sandbox runs until Ctrl-C.");
        tokio::signal::ctrl_c().await.map_err(|error| {
            Failure::new(Exit::Failed, "cannot wait for Ctrl-C").caused_by(error)
        })?;
        Ok(Exit::Done)
    }
}

pub(super) fn not_started(error: StartError) -> Failure {
    let exit = match error {
        StartError::NotLoopback(_) => Exit::Usage,
        StartError::Listen(..) | StartError::Held(_) => Exit::Conflict,
        StartError::Store(_) | StartError::Folder(_) | StartError::State(..) => Exit::Failed,
    };
    let held = matches!(error, StartError::Held(_));
    let failure = Failure::new(exit, "the sandbox did not start").caused_by(error);
    if held {
        return failure.hint("`vnfctl sandbox` starts one that several commands can use at once");
    }
    failure
}

/// The variables that point any OpenStack client at the sandbox.
fn exports(sandbox: &Sandbox) -> String {
    format!(
        "export OS_AUTH_URL={}\nexport OS_USERNAME={}\nexport OS_PASSWORD={}\n\
         export OS_PROJECT_NAME={}\nexport OS_USER_DOMAIN_NAME=Default\n\
         export OS_PROJECT_DOMAIN_NAME=Default\nexport OS_IDENTITY_API_VERSION=3\n",
        sandbox.auth_url(),
        Sandbox::USER,
        sandbox.password(),
        Sandbox::PROJECT,
    )
}
