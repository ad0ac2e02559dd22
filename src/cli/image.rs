//! `vnfctl image`: images for a cluster's nodes.

use std::path::PathBuf;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

use super::lock::cluster;
use super::{Exit, Failure, output};
use crate::image::{self, BakeError, ContainerImages};
use crate::{package, spec};

/// Images for the nodes of clusters.
#[derive(Debug, Subcommand)]
pub(super) enum Image {
    /// Make an image whose nodes download nothing when they boot
    Bake(Bake),
}

/// Tells what an image must hold so that its nodes download nothing when they boot, or makes one.
///
/// The node script itself is run in the image: it installs packages and pinned artifacts, and lets
/// the container runtime pull the container images. Without --root or -o, the recipe is printed only.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl image bake edge.yaml                              # the recipe, to review
  vnfctl image bake edge.yaml --base debian-13.qcow2 -o edge.qcow2
  sudo vnfctl image bake edge.yaml --root /mnt/image")]
pub(super) struct Bake {
    /// The cluster's spec (YAML), with its lock
    spec: Utf8PathBuf,
    /// Print the recipe only
    #[arg(long, conflicts_with_all = ["out", "base", "root"])]
    describe: bool,
    /// Write the image to this file, with virt-customize
    #[arg(short, long = "out", value_name = "FILE", requires = "base")]
    out: Option<PathBuf>,
    /// Image of the distribution to begin with; it stays as it is
    #[arg(long, value_name = "IMAGE", requires = "out")]
    base: Option<PathBuf>,
    /// Bake into the root filesystem in this folder; needs root
    #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
    root: Option<PathBuf>,
    /// Leave container images to the nodes, where no runtime can run or no registry is reached
    #[arg(long, conflicts_with = "describe")]
    no_images: bool,
}

impl Image {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Bake(bake) => bake.run().await,
        }
    }
}

impl Bake {
    async fn run(self) -> Result<Exit, Failure> {
        let cluster = cluster(&self.spec, spec::load)?;
        if cluster.artifacts.lock.artifacts.is_empty() {
            let failure = Failure::new(Exit::Usage, format!("{} has no lock", self.spec));
            return Err(failure.hint(format!("vnfctl package lock {}", self.spec)));
        }
        if self.root.is_none() && self.out.is_none() {
            let recipe = image::recipe(&cluster).map_err(|error| {
                Failure::new(Exit::Failed, "the recipe cannot be made").caused_by(error)
            })?;
            output::put(&recipe)?;
            return Ok(Exit::Done);
        }
        let plan = package::render(&spec::Package::Cluster(Box::new(cluster)));
        let plan = plan.map_err(|error| {
            Failure::new(Exit::Usage, format!("cannot render {}", self.spec)).caused_by(error)
        })?;
        let images = match self.no_images {
            true => ContainerImages::LeftToNodes,
            false => ContainerImages::Pulled,
        };
        let (root, out, base) = (self.root, self.out, self.base);
        let target = root.clone().or(out.clone()).unwrap_or_default();
        let baking = tokio::task::spawn_blocking(move || match (root, out, base) {
            (Some(root), ..) => image::into_root(&plan, &root, images),
            (None, Some(out), Some(base)) => image::into_image(&plan, &base, &out, images),
            _ => Ok(()),
        });
        let baked = baking
            .await
            .map_err(|error| Failure::new(Exit::Failed, "baking was cut short").caused_by(error))?;
        baked.map_err(not_baked)?;
        output::put(&format!("{}\n", target.display()))?;
        Ok(Exit::Done)
    }
}

fn not_baked(error: BakeError) -> Failure {
    let exit = match &error {
        BakeError::Failed(_) | BakeError::Images(_) => Exit::Failed,
        _ => Exit::Usage,
    };
    let hint = match &error {
        BakeError::Tool("virt-customize", _) => {
            Some("install libguestfs-tools, or mount the image and bake with --root FOLDER as root")
        }
        BakeError::Failed(_) => {
            Some("baking into a folder needs root; nodes' architecture is this machine's")
        }
        BakeError::Images(_) => Some(
            "the container runtime needs a root that is no overlay, and its registries or their \
             mirrors; --no-images leaves container images to the nodes",
        ),
        _ => None,
    };
    let mut reasons = crate::lifecycle::reasons(&error).into_iter();
    let failure = Failure::new(exit, reasons.next().unwrap_or_default());
    let failure = reasons.fold(failure, Failure::because);
    hint.into_iter().fold(failure, Failure::hint)
}
