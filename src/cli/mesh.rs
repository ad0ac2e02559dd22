//! `vnfctl mesh`: clusters that are VNFs, joined to a Cluster Mesh and parted again.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::args::Global;
use super::login::Login;
use super::output::{self, Format};
use super::watch::duration;
use super::{Exit, Failure, context};
use crate::cluster::mesh::{self, Link, Obstacle, Outcome, Side};
use crate::lifecycle::Vnfm;

/// Joins clusters to a mesh (Cilium's Cluster Mesh), and parts them.
///
/// What each must know of the other travels over SSH to a control plane of both; no key leaves its
/// cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl mesh connect east1 west1
  vnfctl mesh status east1 west1
  vnfctl mesh disconnect east1 west1")]
pub(super) struct Command {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum What {
    /// Connect two clusters, and wait until both say so
    Connect {
        #[command(flatten)]
        pair: Pair,
        /// Longest to wait for the connection, such as 90s or 10m
        #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
        timeout: Duration,
    },
    /// Show a cluster's connections, or those of two to each other
    Status {
        /// Name or id of the VNF
        vnf: String,
        /// Name or id of the other VNF
        other: Option<String>,
        #[command(flatten)]
        printing: output::Printing,
        #[command(flatten)]
        login: Login,
    },
    /// Take the connection of two clusters away
    Disconnect {
        /// Name or id of the VNF
        vnf: String,
        /// Name or id of the other VNF
        #[arg(required_unless_present = "cluster", conflicts_with = "cluster")]
        other: Option<String>,
        /// Forget a cluster that is gone, by its name in the mesh
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
        #[command(flatten)]
        login: Login,
    },
}

#[derive(Debug, Args)]
struct Pair {
    /// Name or id of the VNF
    vnf: String,
    /// Name or id of the other VNF
    other: String,
    #[command(flatten)]
    login: Login,
}

impl Pair {
    async fn open(&self, vnfm: &Vnfm) -> Result<(Side, Side), Failure> {
        open(vnfm, &self.login, &self.vnf, &self.other).await
    }
}

async fn open(vnfm: &Vnfm, login: &Login, one: &str, other: &str) -> Result<(Side, Side), Failure> {
    let (one, other) = (vnfm.find(one).await?, vnfm.find(other).await?);
    if one.id == other.id {
        let message = format!("`{}` cannot be in a mesh with itself", one.label());
        return Err(Failure::new(Exit::Usage, message));
    }
    let first = Side::of(login.enter(vnfm, &one).await?).await?;
    let second = async {
        let entry = login.enter(vnfm, &other).await?;
        Ok::<_, Failure>(Side::of(entry).await?)
    };
    match second.await {
        Ok(second) => Ok((first, second)),
        Err(failure) => {
            first.close().await;
            Err(failure)
        }
    }
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        match self.what {
            What::Connect { pair, timeout } => {
                let (mut one, mut other) = pair.open(&vnfm).await?;
                let done = connect(&mut one, &mut other, timeout).await;
                tokio::join!(one.close(), other.close());
                done
            }
            What::Status {
                vnf,
                other: Some(other),
                printing,
                login,
            } => {
                let (one, other) = open(&vnfm, &login, &vnf, &other).await?;
                let outcome = of_two(&one, &other).await;
                tokio::join!(one.close(), other.close());
                let outcome = outcome?;
                print(printing.output, &outcome.links)?;
                tell(&outcome.links, &outcome.network);
                Ok(state(outcome.connected && outcome.network.is_empty()))
            }
            What::Status {
                vnf,
                other: None,
                printing,
                login,
            } => {
                let vnf = vnfm.find(&vnf).await?;
                let side = Side::of(login.enter(&vnfm, &vnf).await?).await?;
                let links = match side.serves() {
                    true => side.links(None).await,
                    false => Ok(Vec::new()),
                };
                side.close().await;
                let links = links?;
                print(printing.output, &links)?;
                tell(&links, &[]);
                Ok(state(links.iter().all(|link| link.connected)))
            }
            What::Disconnect {
                vnf,
                other,
                cluster,
                login,
            } => {
                let (names, done) = match (other, cluster) {
                    (Some(other), _) => {
                        let (mut one, mut other) = open(&vnfm, &login, &vnf, &other).await?;
                        let names = format!("`{}` and `{}`", one.name(), other.name());
                        let done = mesh::disconnect(&mut one, &mut other).await;
                        tokio::join!(one.close(), other.close());
                        (names, done?)
                    }
                    (None, cluster) => {
                        let cluster = cluster.unwrap_or_default();
                        let vnf = vnfm.find(&vnf).await?;
                        let mut side = Side::of(login.enter(&vnfm, &vnf).await?).await?;
                        let names = format!("`{}` and `{cluster}`", side.name());
                        let done = side.forget(&cluster).await;
                        side.close().await;
                        (names, done?)
                    }
                };
                match done {
                    true => anstream::eprintln!("{names} are no longer connected"),
                    false => anstream::eprintln!("{names} were not connected"),
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn state(good: bool) -> Exit {
    if good { Exit::Done } else { Exit::Failed }
}

async fn of_two(one: &Side, other: &Side) -> Result<Outcome, Failure> {
    for side in [one, other] {
        if !side.serves() {
            let message = format!("cluster `{}` serves no mesh", side.name());
            return Err(
                Failure::new(Exit::Conflict, message).hint("`vnfctl mesh connect` turns it on")
            );
        }
    }
    Ok(mesh::outcome(one, other, None).await?)
}

async fn connect(one: &mut Side, other: &mut Side, timeout: Duration) -> Result<Exit, Failure> {
    let names = format!("`{}` and `{}`", one.name(), other.name());
    let obstacles = mesh::obstacles(one, other).await?;
    if !obstacles.is_empty() {
        return Err(refused(&names, obstacles));
    }
    anstream::eprintln!("connecting {names}; they may take {} s", timeout.as_secs());
    let outcome = mesh::connect(one, other, timeout).await?;
    print(Format::Table, &outcome.links)?;
    if outcome.connected {
        tell(&outcome.links, &outcome.network);
        return Ok(state(outcome.network.is_empty()));
    }
    let message = format!("{names} are not connected within {} s", timeout.as_secs());
    let errors = outcome.links.iter().flat_map(|link| {
        let errors = link.errors.iter();
        errors.map(move |error| format!("`{}` to `{}`: {error}", link.cluster, link.peer))
    });
    let reasons = outcome.network.iter().cloned().chain(errors);
    let failure = reasons.fold(Failure::new(Exit::TimedOut, message), Failure::because);
    Err(failure.hint("`vnfctl mesh status A B` asks again; they go on trying"))
}

fn refused(names: &str, obstacles: Vec<Obstacle>) -> Failure {
    let message = format!("{names} cannot be a mesh; nothing was changed");
    let mut failure = Failure::new(Exit::Conflict, message);
    let mut cures = Vec::new();
    for Obstacle { what, cure } in obstacles {
        failure = failure.because(what);
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    cures.into_iter().fold(failure, Failure::hint)
}

fn print(format: Format, links: &[Link]) -> Result<(), Failure> {
    let columns = [
        ("CLUSTER", "/cluster"),
        ("PEER", "/peer"),
        ("CONNECTED", "/connected"),
        ("AGENTS", "/agents"),
        ("SERVERS", "/servers"),
    ];
    output::list(format, &columns, links)
}

/// Says what does not work, beside the table.
fn tell(links: &[Link], network: &[String]) {
    for link in links {
        for error in &link.errors {
            anstream::eprintln!("`{}` to `{}`: {error}", link.cluster, link.peer);
        }
    }
    for one in network {
        anstream::eprintln!("{one}");
    }
}
