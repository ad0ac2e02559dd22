//! `vnfctl package new` and `build`: from a spec to an archive.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinHandle};

use super::progress::Bytes;
use super::{Exit, Failure, context, output};
use crate::diagnose::{Sink, Sources};
use crate::package::fresh::{Recipe, Stamps};
use crate::package::plan::Plan;
use crate::package::{self, BuildError, Built};
use crate::spec;

/// Writes a commented spec that works as it is.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Template to start from
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(package::templates::NAMES))]
    template: String,
    /// Name of the product
    name: String,
    /// Where to write it [default: NAME.yaml]
    #[arg(short, long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    /// SSH public key to authorise [default: the first of ~/.ssh/id_{ed25519,ecdsa,rsa}.pub]
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Secret in Barbican that has the nodes' private key, as `key create` makes it
    #[arg(long, value_name = "NAME")]
    key_secret: Option<String>,
}

impl New {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if self.key_secret.is_some() && self.template == "plain-vm" {
            let why = "no script logs in to the servers of `plain-vm`: leave --key-secret out";
            return Err(Failure::new(Exit::Usage, why));
        }
        let key = public_key(self.public_key.as_deref())?;
        if key.is_none() && self.template == "k8s-cilium" {
            anstream::eprintln!(
                "No SSH public key was found: put one into `access.publicKey` before you build."
            );
        }
        let path = self
            .out
            .unwrap_or_else(|| PathBuf::from(format!("{}.yaml", self.name)));
        let keys = package::templates::Keys {
            public: key.as_deref(),
            secret: self.key_secret.as_deref(),
        };
        let text = package::templates::starter(&self.template, &self.name, keys).map_err(|e| {
            Failure::new(
                Exit::Usage,
                format!("cannot write a spec for `{}`", self.name),
            )
            .caused_by(e)
        })?;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| {
                Failure::new(Exit::Usage, format!("cannot write {}", path.display())).caused_by(e)
            })?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|e| {
            // Half a spec would stand in the way of the next try; why there is none is told below.
            let _ = std::fs::remove_file(&path);
            Failure::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(e)
        })?;
        output::put(&format!("{}\n", path.display()))?;
        Ok(Exit::Done)
    }
}

/// Returns the line of the public key file given, or of the person's own when there is one.
fn public_key(given: Option<&std::path::Path>) -> Result<Option<String>, Failure> {
    let read = |path: &std::path::Path| {
        let key = std::fs::read_to_string(path).map_err(|e| Failure::unread(path, e))?;
        Ok(Some(key.trim().to_owned()))
    };
    if let Some(path) = given {
        return read(path);
    }
    let Some(home) = std::env::home_dir() else {
        return Ok(None);
    };
    ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"]
        .map(|name| home.join(".ssh").join(name))
        .iter()
        .find(|path| path.is_file())
        .map_or(Ok(None), |path| read(path))
}

/// Builds a package from a spec.
#[derive(Debug, Args)]
pub(super) struct Build {
    /// The spec (YAML)
    spec: Utf8PathBuf,
    /// Where to write the package [default: the spec's name with .zip]
    #[arg(short, long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the package even if nothing changed since it was last written
    #[arg(long)]
    rebuild: bool,
}

impl Build {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| self.spec.with_extension("zip").into());
        let plan = plan(&self.spec)?;
        // Without a recipe or a place for stamps the package is written, as it always may be.
        let recipe = Recipe::of(&plan).ok();
        let stamps = context::directory("XDG_CACHE_HOME", ".cache")
            .map(|cache| Stamps::in_folder(cache.join("builds")));
        let known = recipe.as_ref().zip(stamps.as_ref());
        let current = known.filter(|_| !self.rebuild);
        if let Some(built) = current.and_then(|(recipe, stamps)| stamps.current(recipe, &out)) {
            let (path, size) = (built.path.display(), built.size);
            output::put(&format!("{path}  {size} bytes, unchanged\n"))?;
            return Ok(Exit::Done);
        }
        let plan = Arc::new(plan);
        let built = write(Arc::clone(&plan), &out).await?;
        if let Some((recipe, stamps)) = known
            && let Err(error) = stamps.keep(recipe, &plan, &out)
        {
            tracing::debug!(%error, "the next build will not know that nothing changed");
        }
        output::put(&format!("{}  {} bytes\n", built.path.display(), built.size))?;
        Ok(Exit::Done)
    }
}

/// Writes the package, with a bar when it takes long; Ctrl-C takes back what was written.
async fn write(plan: Arc<Plan>, out: &Path) -> Result<Built, Failure> {
    let failed = |error: &dyn Error| {
        Failure::new(Exit::Failed, format!("cannot build {}", out.display())).caused_by(error)
    };
    // Caught before the first byte is written, so that none is left behind at any moment.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| failed(&e))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| failed(&e))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let bar = Bytes::new();
    let mut writing = tokio::task::spawn_blocking({
        let (out, stopped, bar) = (out.to_owned(), Arc::clone(&stopped), bar.clone());
        move || {
            let progress = &mut |done, total| bar.at(done, total);
            package::build_unless(&plan, &out, progress, &stopped)
        }
    });
    let written = tokio::select! {
        written = &mut writing => written,
        _ = interrupt.recv() => stop(writing, &stopped).await,
        _ = terminate.recv() => stop(writing, &stopped).await,
    };
    bar.clear();
    match written.map_err(|e| failed(&e))? {
        Ok(built) => Ok(built),
        Err(BuildError::Stopped(_)) => Err(Failure::new(
            Exit::Interrupted,
            format!("stopped building {}, and removed its part", out.display()),
        )),
        Err(error) => Err(failed(&error)),
    }
}

/// Has `writing` end early and waits until it has removed its file.
async fn stop<T>(writing: JoinHandle<T>, stopped: &AtomicBool) -> Result<T, JoinError> {
    stopped.store(true, Ordering::Relaxed);
    writing.await
}

/// Loads and renders a spec; its findings are printed as they are.
pub(super) fn plan(spec: &Utf8Path) -> Result<Plan, Failure> {
    let loaded = read(spec, spec::load)?;
    package::render(&loaded)
        .map_err(|e| Failure::new(Exit::Usage, format!("cannot render {spec}")).caused_by(e))
}

/// How a spec is read.
pub(super) type Load =
    fn(&Utf8Path, &mut Sources, &mut Sink) -> std::io::Result<Option<spec::Package>>;

/// The day on which versions are looked at: today, or that of a reproducible build. Nothing when
/// `SOURCE_DATE_EPOCH` is no time, which is refused where the package is written.
fn day() -> Option<jiff::civil::Date> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => jiff::Timestamp::from_second(seconds.parse().ok()?).ok()?,
        Err(_) => jiff::Timestamp::now(),
    };
    Some(jiff::tz::TimeZone::UTC.to_datetime(now).date())
}

/// Reads a spec and shows what is found in it.
pub(super) fn read(spec: &Utf8Path, load: Load) -> Result<spec::Package, Failure> {
    let mut sink = Sink::default();
    let mut sources = Sources::default();
    let loaded =
        load(spec, &mut sources, &mut sink).map_err(|e| Failure::unread(spec.as_std_path(), e))?;
    if let (Some(package), Some(day)) = (&loaded, day()) {
        spec::support_ended(package, day, spec, &sources, &mut sink);
    }
    output::findings(&sink, &sources);
    loaded.ok_or_else(|| Failure::new(Exit::Usage, format!("{spec} has faults")))
}
