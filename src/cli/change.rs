//! The verbs that change what a VNF is made of, connected to or called: `change-vnfpkg`,
//! `change-ext-conn`, `modify`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::args::Global;
use super::certify::{Parameters, Signing, pair};
use super::fleet::{Begun, Choice, Targets};
use super::vnf::Waiting;
use super::{Exit, Failure, context, request};
use crate::lifecycle::Vnfm;
use crate::tacker::{Form, Task, VnfInstance};

/// Where the request of a change comes from, and what becomes of it.
#[derive(Debug, Args)]
struct Sending {
    #[command(flatten)]
    parameters: Parameters,
    /// YAML or JSON file of the request's body (SOL003) to start from
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl Sending {
    /// Reads what the person has of the request, and gets the driver.
    async fn begin(
        &self,
        global: &Global,
        task: Task,
    ) -> Result<(Vnfm, Map<String, Value>), Failure> {
        let form = request::form(global, Form::Of(task));
        let mut own = request::read(self.file.as_deref(), form)?;
        request::add_parameters(&mut own, self.parameters.map());
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        Ok((vnfm, own))
    }
}

/// Moves VNFs that run to another package, one VNFC after the other.
///
/// `package diff OLD NEW` tells beforehand what that does. With Tacker's default user data the VNFCs
/// get the images and flavors that the new VNFD names, and the stack keeps the templates that it has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package push web-2.zip
  vnfctl change-vnfpkg web 1d0f7a0e-4d1d-4c53-9d5e-2f1f0b7f6a10 --vdu machine --dry-run
  vnfctl change-vnfpkg web 1d0f7a0e-4d1d-4c53-9d5e-2f1f0b7f6a10
  vnfctl change-vnfpkg --label site=edge 1d0f7a0e-4d1d-4c53-9d5e-2f1f0b7f6a10")]
#[command(override_usage = "vnfctl change-vnfpkg [OPTIONS] <VNF>... <PACKAGE>
       vnfctl change-vnfpkg [OPTIONS] --where <ATTRIBUTE=VALUE> <PACKAGE>")]
pub(super) struct ChangeVnfpkg {
    /// Names or ids of the VNFs, and last the package to move them to: VNFD id, package id or product name
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    choice: Choice,
    /// VDU whose VNFCs are changed one after the other; those of others are at the end, all at once; repeatable [default: all]
    #[arg(long = "vdu", value_name = "ID")]
    vdus: Vec<String>,
    /// Do not look first whether flavors, images and networks exist
    #[arg(long)]
    skip_checks: bool,
    #[command(flatten)]
    sending: Sending,
}

impl ChangeVnfpkg {
    pub(super) async fn run(mut self, global: &Global) -> Result<Exit, Failure> {
        let wrong = |message: &str| {
            let hint = "`vnfctl change-vnfpkg web1 web2 PACKAGE` moves both";
            Err(Failure::new(Exit::Usage, message).hint(hint))
        };
        let Some(package) = self.names.pop() else {
            return wrong("say which package to move to");
        };
        match (self.names.is_empty(), self.choice.is_made()) {
            (true, false) => return wrong("say which VNF, and the package to move it to"),
            (false, true) => {
                return wrong("VNFs are named or chosen by --where and --label, not both");
            }
            _ => {}
        }
        let targets = Targets::of(self.names, self.choice);
        let (vnfm, own) = self.sending.begin(global, Task::ChangeVnfpkg).await?;
        let package = vnfm.find_package(&package).await?;
        let begin = async |vnf: &VnfInstance| {
            if package.vnfd_id.as_ref() == Some(&vnf.vnfd_id) {
                return Ok(Begun::Nothing("is of that VNFD already".to_owned()));
            }
            let request = vnfm.change_of_package(vnf, &package, &self.vdus, own.clone())?;
            if targets.is_dry() {
                return Begun::shown(&request);
            }
            if !self.skip_checks {
                for warning in vnfm.prepare_change(vnf, &package).await? {
                    anstream::eprintln!("warning: {warning}");
                }
            }
            let title = format!("change package of {}", vnf.label());
            let submitted = vnfm.change_package(vnf, request).await?;
            Ok(Begun::Operation(title, submitted))
        };
        let after = async |_: &VnfInstance| Ok(());
        let waiting = &self.sending.waiting;
        targets.each(&vnfm, waiting, begin, after).await
    }
}

/// Connects VNFs' connection points to other networks.
///
/// Only connection points that the stack's templates take their network of `nfv` for can be moved;
/// Heat replaces the port, and the server gets another interface.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl change-ext-conn web --cp machineCp=net1
  vnfctl change-ext-conn web -f request.yaml --dry-run")]
pub(super) struct ChangeExtConn {
    #[command(flatten)]
    targets: Targets,
    /// Connection point of the VNFD, and the network by name or id; repeatable
    #[arg(long = "cp", value_name = "CPD=NETWORK", value_parser = pair, required_unless_present = "file")]
    cps: Vec<(String, String)>,
    #[command(flatten)]
    sending: Sending,
}

impl ChangeExtConn {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let (vnfm, own) = self.sending.begin(global, Task::ChangeExtConn).await?;
        let begin = async |vnf: &VnfInstance| {
            let request = vnfm
                .change_of_connections(vnf, &self.cps, own.clone())
                .await?;
            if self.targets.is_dry() {
                return Begun::shown(&request);
            }
            let title = format!("change connections of {}", vnf.label());
            let submitted = vnfm.change_connections(vnf, request).await?;
            Ok(Begun::Operation(title, submitted))
        };
        let after = async |_: &VnfInstance| Ok(());
        let waiting = &self.sending.waiting;
        self.targets.each(&vnfm, waiting, begin, after).await
    }
}

/// Changes what Tacker notes about a VNF.
///
/// Values are YAML: `true` and `3` are no texts, `null` takes an entry away.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl modify web --metadata owner=lab --metadata ticket=null
  vnfctl modify web --property isAutohealEnabled=true
  vnfctl modify web --name web-old --description 'until the end of the year'")]
pub(super) struct Modify {
    #[command(flatten)]
    targets: Targets,
    /// Its new name
    #[arg(long)]
    name: Option<String>,
    /// Its new description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Entry of its metadata; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    metadata: Vec<(String, String)>,
    /// Entry of its configurable properties; repeatable
    #[arg(long = "property", value_name = "KEY=VALUE", value_parser = pair)]
    properties: Vec<(String, String)>,
    /// Entry of its extensions; repeatable
    #[arg(long = "extension", value_name = "KEY=VALUE", value_parser = pair)]
    extensions: Vec<(String, String)>,
    /// YAML or JSON file of a VnfInfoModificationRequest (SOL003) to start from
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Modify {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let request = self.request(global)?;
        if self.targets.is_dry() {
            return request::show(&request);
        }
        let vnfm = context::vnfm(global)?;
        let begin = async |vnf: &VnfInstance| {
            let submitted = vnfm.modify(vnf, request.clone()).await?;
            let title = format!("modify {}", vnf.label());
            Ok(Begun::Operation(title, submitted))
        };
        let after = async |_: &VnfInstance| Ok(());
        self.targets.each(&vnfm, &self.waiting, begin, after).await
    }

    fn request(&self, global: &Global) -> Result<Value, Failure> {
        let form = request::form(global, Form::Modify);
        let mut request = request::read(self.file.as_deref(), form)?;
        let texts = [
            ("vnfInstanceName", &self.name),
            ("vnfInstanceDescription", &self.description),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                request.insert(key.to_owned(), text.as_str().into());
            }
        }
        let maps = [
            ("metadata", &self.metadata),
            ("vnfConfigurableProperties", &self.properties),
            ("extensions", &self.extensions),
        ];
        for (member, pairs) in maps {
            for (key, value) in pairs {
                request::set(&mut request, member, key, value);
            }
        }
        if request.is_empty() {
            return Err(Failure::new(Exit::Usage, "nothing is to be changed")
                .hint("`vnfctl modify --help` lists what can be"));
        }
        Ok(request.into())
    }
}
