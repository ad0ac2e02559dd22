//! The verbs that change what a VNF that runs is made of: `change-vnfpkg`.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::certify::{Parameters, Signing};
use super::vnf::Waiting;
use super::{Exit, Failure, context, request};

/// Moves a VNF that runs to another package, one VNFC after the other.
///
/// `package diff OLD NEW` tells beforehand what that does. With Tacker's default user data the VNFCs
/// get the images and flavors that the new VNFD names, and the stack keeps the templates that it has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package push web-2.zip
  vnfctl change-vnfpkg web 1d0f7a0e-4d1d-4c53-9d5e-2f1f0b7f6a10
  vnfctl change-vnfpkg web 1d0f7a0e-4d1d-4c53-9d5e-2f1f0b7f6a10 --vdu machine --dry-run")]
pub(super) struct ChangeVnfpkg {
    /// Name or id of the VNF
    vnf: String,
    /// The package to move it to: VNFD id, package id or product name
    package: String,
    /// VDU whose VNFCs are changed one after the other; those of others are at the end, all at once; repeatable [default: all]
    #[arg(long = "vdu", value_name = "ID", num_args = 1..)]
    vdus: Vec<String>,
    #[command(flatten)]
    parameters: Parameters,
    /// YAML or JSON file of a ChangeCurrentVnfPkgRequest (SOL003) to start from
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Show the request and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not look first whether flavors, images and networks exist
    #[arg(long)]
    skip_checks: bool,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl ChangeVnfpkg {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let mut own = request::read(self.file.as_deref())?;
        request::add_parameters(&mut own, self.parameters.map());
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        let vnf = vnfm.find(&self.vnf).await?;
        let package = vnfm.find_package(&self.package).await?;
        let request = vnfm.change_of_package(&vnf, &package, &self.vdus, own)?;
        if self.dry_run {
            return request::show(&request);
        }
        if !self.skip_checks {
            for warning in vnfm.prepare_change(&vnf, &package).await? {
                anstream::eprintln!("warning: {warning}");
            }
        }
        let title = format!("change package of {}", vnf.label());
        let submitted = vnfm.change_package(&vnf, request).await?;
        self.waiting.finish(&vnfm, &title, submitted).await
    }
}
