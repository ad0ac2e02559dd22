//! `vnfctl package`: bring packages to Tacker and manage them there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::args::Global;
use super::output;
use super::progress::Bytes;
use super::watch::duration;
use super::{Exit, Failure, context};

/// Make, check and push VNF packages.
#[derive(Debug, Subcommand)]
pub(super) enum Package {
    /// Write a commented spec that works as it is
    New(super::build::New),
    /// Build a package from a spec
    Build(super::build::Build),
    /// Show what is in a package: identity, flavours, hooks, files
    Inspect(super::inspect::Inspect),
    /// Check a package as Tacker and Heat will read it
    Validate(super::validate::Validate),
    /// Upload a package and wait until Tacker has onboarded it
    Push(Push),
    /// List packages
    List(output::Printing),
    /// Show one package
    Show {
        /// Package id, VNFD id or product name
        package: String,
        #[command(flatten)]
        printing: output::Printing,
    },
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

/// Uploads a package.
#[derive(Debug, Args)]
pub(super) struct Push {
    /// The package (.zip)
    file: PathBuf,
    /// Stop waiting for the onboarding after this time
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10m")]
    timeout: Duration,
    #[command(flatten)]
    printing: output::Printing,
}

impl Package {
    /// Tells whether the command works without a VNFM.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self,
            Self::New(_) | Self::Build(_) | Self::Inspect(_) | Self::Validate(_)
        )
    }

    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = || context::vnfm(global);
        match self {
            Self::New(new) => return new.run(),
            Self::Build(build) => return build.run().await,
            Self::Inspect(inspect) => return inspect.run(),
            Self::Validate(validate) => return validate.run(),
            Self::Push(push) => return push.run(global).await,
            Self::List(printing) => {
                let columns = [
                    ("PRODUCT", "/vnfProductName"),
                    ("VERSION", "/vnfdVersion"),
                    ("ONBOARDING", "/onboardingState"),
                    ("OPERATIONAL", "/operationalState"),
                    ("USAGE", "/usageState"),
                    ("VNFD", "/vnfdId"),
                    ("ID", "/id"),
                ];
                let packages = vnfm()?.client().packages().await?;
                output::list(printing.output, &columns, &packages)?;
            }
            Self::Show { package, printing } => {
                output::one(printing.output, &vnfm()?.find_package(&package).await?)?;
            }
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
        let size = std::fs::metadata(&self.file)
            .map_err(|e| {
                Failure::new(Exit::Usage, format!("cannot read {}", self.file.display()))
                    .caused_by(e)
            })?
            .len();
        let vnfm = context::vnfm(global)?;
        let bar = Bytes::new();
        let progress = {
            let bar = bar.clone();
            Arc::new(move |sent| bar.at(sent, size))
        };
        let onboarded = vnfm.onboard(&self.file, self.timeout, progress).await;
        bar.clear();
        output::one(self.printing.output, &onboarded?)?;
        Ok(Exit::Done)
    }
}
