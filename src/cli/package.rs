//! `vnfctl package`: bring packages to Tacker and manage them there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use url::Url;

use super::args::Global;
use super::basic::Basic;
use super::listing::{Columns, Conditions, Listing};
use super::opening::cannot;
use super::output::{self, Format};
use super::progress::Bytes;
use super::watch::duration;
use super::{Exit, Failure, context, onboarded};
use crate::check::{self, Judged};
use crate::diagnose::Sources;
use crate::lifecycle::Vnfm;
use crate::tacker::VnfPackage;
use crate::tosca::model::Vnfd;

/// Make, check and push VNF packages.
#[derive(Debug, Subcommand)]
pub(super) enum Package {
    /// Write a commented spec that works as it is
    New(super::build::New),
    /// Pin the programs that a cluster's nodes install, by SHA-256
    Lock(super::lock::Lock),
    /// Fetch the pinned programs into a folder, for a site without a way out
    Mirror(super::lock::Mirror),
    /// Build a package from a spec
    Build(super::build::Build),
    /// Show what is in a package: identity, flavours, hooks, files
    Inspect(super::inspect::Inspect),
    /// Compare two packages, and say whether a running VNF can be moved from one to the other
    Diff(super::diff::Diff),
    /// Unpack a package, or some of its files
    Extract(super::extract::Extract),
    /// Show the types that a VNFD can use, with all that they inherit
    Types(super::types::Types),
    /// Check a package as Tacker and Heat will read it
    Validate(super::validate::Validate),
    /// Serve an editor that shows findings and knows types, as a language server
    Lsp(super::lsp::Lsp),
    /// Sign a package
    Sign(super::signing::Sign),
    /// Check who signed a package, and that nothing was changed since
    Verify(super::signing::Verify),
    /// Upload a package and wait until Tacker has onboarded it
    Push(Push),
    /// List packages
    List {
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        listing: Listing,
    },
    /// Show one package
    Show {
        /// Package id, VNFD id or product name
        package: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Enable a package, so that VNFs can be made of it
    Enable {
        /// Package id, VNFD id or product name
        package: String,
    },
    /// Change the data that users keep with a package
    Update(onboarded::Update),
    /// Fetch a package as it was pushed, or its VNFD
    Download(onboarded::Download),
    /// Fetch a file of a package
    Artifact(onboarded::Artifact),
    /// Disable a package, so that no new VNF can be made of it
    Disable {
        /// Package id, VNFD id or product name
        package: String,
    },
    /// Delete a package, disabling it first
    Delete {
        /// Package id, VNFD id or product name
        package: String,
    },
}

const COLUMNS: [(&str, &str); 7] = [
    ("PRODUCT", "/vnfProductName"),
    ("VERSION", "/vnfdVersion"),
    ("ONBOARDING", "/onboardingState"),
    ("OPERATIONAL", "/operationalState"),
    ("USAGE", "/usageState"),
    ("VNFD", "/vnfdId"),
    ("ID", "/id"),
];

/// Uploads a package, or has Tacker fetch it from an address.
///
/// A package is checked before it is uploaded; what Tacker fetches by itself is not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package push web.zip
  vnfctl package push https://packages.example/web.zip --user lab --password-file FILE")]
pub(super) struct Push {
    /// The package (.zip), or an address of it that Tacker reaches (http, https or ftp)
    file: PathBuf,
    /// Stop waiting for the onboarding after this time
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10m")]
    timeout: Duration,
    /// Do not check first whether Tacker would drop the package
    #[arg(long)]
    skip_checks: bool,
    #[command(flatten)]
    basic: Basic,
    #[command(flatten)]
    printing: output::Printing,
}

impl Package {
    /// Tells whether the command works without a VNFM.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self,
            Self::New(_)
                | Self::Lock(_)
                | Self::Mirror(_)
                | Self::Build(_)
                | Self::Inspect(_)
                | Self::Diff(_)
                | Self::Extract(_)
                | Self::Types(_)
                | Self::Validate(_)
                | Self::Lsp(_)
                | Self::Sign(_)
                | Self::Verify(_)
        )
    }

    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = || context::vnfm(global);
        match self {
            Self::New(new) => return new.run(),
            Self::Lock(lock) => return lock.run().await,
            Self::Mirror(mirror) => return mirror.run().await,
            Self::Build(build) => return build.run().await,
            Self::Inspect(inspect) => return inspect.run(),
            Self::Diff(diff) => return diff.run(),
            Self::Extract(extract) => return extract.run(),
            Self::Types(types) => return types.run(),
            Self::Validate(validate) => return validate.run(),
            Self::Lsp(lsp) => return lsp.run(),
            Self::Sign(sign) => return sign.run(),
            Self::Verify(verify) => return verify.run(),
            Self::Push(push) => return push.run(global).await,
            Self::List {
                conditions,
                listing,
            } => {
                let vnfm = vnfm()?;
                let packages = vnfm.client().packages_where(&conditions.all).await?;
                let columns = Columns {
                    usual: &COLUMNS,
                    wide: &[
                        ("PROVIDER", "/vnfProvider"),
                        ("SOFTWARE", "/vnfSoftwareVersion"),
                    ],
                };
                listing.print(columns, &packages)?;
            }
            Self::Show { package, printing } => {
                output::one(printing.output, &vnfm()?.find_package(&package).await?)?;
            }
            Self::Enable { package } => {
                let vnfm = vnfm()?;
                let package = vnfm.find_package(&package).await?;
                let client = vnfm.client();
                client.set_package_state(&package.id, "ENABLED").await?;
            }
            Self::Update(update) => return update.run(&vnfm()?).await,
            Self::Download(download) => return download.run(&vnfm()?).await,
            Self::Artifact(artifact) => return artifact.run(&vnfm()?).await,
            Self::Disable { package } => {
                let vnfm = vnfm()?;
                let package = vnfm.find_package(&package).await?;
                let client = vnfm.client();
                client.set_package_state(&package.id, "DISABLED").await?;
            }
            Self::Delete { package } => {
                let vnfm = vnfm()?;
                let package = vnfm.find_package(&package).await?;
                vnfm.delete_package(&package).await?;
            }
        }
        Ok(Exit::Done)
    }
}

impl Push {
    async fn run(self, global: &Global) -> Result<Exit, Failure> {
        if let Some(address) = self.address() {
            let vnfm = context::vnfm(global)?;
            let login = self.basic.login()?;
            let login = login.as_ref().map(|(user, password)| (*user, password));
            let onboarded = vnfm.onboard_from(&address, login, self.timeout).await;
            return self.print(onboarded?);
        }
        let file = self.file.as_path();
        let metadata = std::fs::metadata(file).map_err(|e| Failure::unread(file, e))?;
        if !metadata.is_file() {
            let message = format!("cannot read {}", file.display());
            return Err(Failure::new(Exit::Usage, message).because("it is not a file"));
        }
        let size = metadata.len();
        let vnfd = match self.skip_checks {
            true => None,
            false => checked(file)?,
        };
        let vnfm = context::vnfm(global)?;
        if let Some(vnfd) = vnfd {
            refuse_second(&vnfm, &vnfd.id).await?;
        }
        let onboarded = upload(&vnfm, file, size, self.timeout).await;
        self.print(onboarded?)
    }

    /// The address, where it is no file.
    fn address(&self) -> Option<Url> {
        let address: Url = self.file.to_str()?.parse().ok()?;
        ["http", "https", "ftp"]
            .contains(&address.scheme())
            .then_some(address)
    }

    fn print(self, onboarded: VnfPackage) -> Result<Exit, Failure> {
        match self.printing.output {
            format @ (Format::Table | Format::Wide) => {
                output::list(format, &COLUMNS, &[onboarded])?;
            }
            format => output::one(format, &onboarded)?,
        }
        Ok(Exit::Done)
    }
}

/// Refuses what Tacker would drop without a word, and says why; shows what would fail later.
pub(super) fn checked(file: &Path) -> Result<Option<Vnfd>, Failure> {
    let refused = |exit, why: &str| {
        let message = format!("{} {why}; nothing was uploaded", file.display());
        Err(Failure::new(exit, message))
    };
    match check::before_upload(file).map_err(|error| cannot("push", file, error))? {
        Judged::Refused(sink) => {
            output::findings(&sink, &Sources::default());
            refused(Exit::Usage, "is no package, or not safe to read")
        }
        Judged::Read(checked) => {
            if checked.sink.has_errors() {
                output::findings(&checked.sink, &checked.sources);
            }
            if checked.is_rejected() {
                return refused(Exit::Failed, "would be dropped by Tacker");
            }
            Ok(checked.vnfd)
        }
    }
}

/// Uploads a package, with a bar; Ctrl-C takes back what became of it.
pub(super) async fn upload(
    vnfm: &Vnfm,
    file: &Path,
    size: u64,
    timeout: Duration,
) -> Result<VnfPackage, Failure> {
    let bar = Bytes::new();
    let progress = {
        let bar = bar.clone();
        Arc::new(move |sent| bar.at(sent, size))
    };
    let interrupt = async {
        // Where Ctrl-C cannot be heard, it ends the process as it always does.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let onboarded = vnfm.onboard(file, timeout, progress, interrupt).await;
    bar.clear();
    Ok(onboarded?)
}

/// Tacker drops a second package of the same VNFD without a word.
async fn refuse_second(vnfm: &Vnfm, vnfd: &str) -> Result<(), Failure> {
    let packages = vnfm.client().packages().await?;
    let Some(first) = packages
        .iter()
        .find(|one| one.vnfd_id.as_deref() == Some(vnfd))
    else {
        return Ok(());
    };
    let id = &first.id;
    let message = format!("a package of the VNFD `{vnfd}` is onboarded already ({id})");
    Err(Failure::new(Exit::Conflict, message).hint(format!(
        "`vnfctl package delete {id}` makes room for it; another package needs another vnfdId"
    )))
}
