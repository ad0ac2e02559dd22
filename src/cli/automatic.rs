//! What `vnfctl autoheal` and `vnfctl autoscale` have in common: the switch in Tacker, and the rules
//! that make Prometheus ask for it.
//!
//! Tacker 16 goes by two members of the VNF's `vnfConfigurableProperties` (SOL003 §5.5.2.2) and never
//! by what the VNFD says of them, so they are switched on the VNF.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Global;
use super::output;
use super::vnf::Waiting;
use super::{Exit, Failure, context};
use crate::alerts::{self, FileError, Reach, RuleFile, Settings, Watched, render};
use crate::cluster;
use crate::lifecycle::Vnfm;
use crate::tacker::VnfInstance;

/// What alerts may set off by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    Heal,
    Scale,
}

impl Reaction {
    fn words(self) -> &'static str {
        match self {
            Self::Heal => "automatic healing",
            Self::Scale => "automatic scaling",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Heal => "autoheal",
            Self::Scale => "autoscale",
        }
    }

    /// The member that Tacker looks at (`prometheus_plugin.py`).
    fn member(self) -> &'static str {
        match self {
            Self::Heal => "isAutohealEnabled",
            Self::Scale => "isAutoscaleEnabled",
        }
    }

    fn is_on(self, vnf: &VnfInstance) -> bool {
        let properties = vnf.rest.get("vnfConfigurableProperties");
        let switch = properties.and_then(|all| all.get(self.member()));
        switch.is_some_and(|value| value.as_bool().unwrap_or(true))
    }

    fn file(self, folder: &Path, vnf: &VnfInstance) -> RuleFile {
        RuleFile::new(folder, &vnf.id, vnf.label(), self.command())
    }
}

/// Switches it off.
#[derive(Debug, clap::Args)]
pub(super) struct Disable {
    /// Name or id of the VNF
    vnf: String,
    /// Folder to remove the rules from that `enable --rules` wrote
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Disable {
    pub(super) async fn run(self, global: &Global, reaction: Reaction) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        if let Some(folder) = &self.rules {
            let file = reaction.file(folder, &vnf);
            if file.remove()? {
                anstream::eprintln!("removed {}", file.path().display());
                reload();
            } else {
                anstream::eprintln!("there is no {}", file.path().display());
            }
        }
        switch(&vnfm, &vnf, reaction, false, &self.waiting).await
    }
}

/// Tells how it stands.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Name or id of the VNF
    vnf: String,
    /// Folder with the rules that `enable --rules` wrote: tells whether they fit the VNF, with exit
    /// code 1 when they do not
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

impl Status {
    pub(super) async fn run(self, global: &Global, reaction: Reaction) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        output::put(&format!("{}\n", state(reaction.is_on(&vnf))))?;
        let Some(folder) = &self.rules else {
            return Ok(Exit::Done);
        };
        let file = reaction.file(folder, &vnf);
        let path = file.path().display();
        let Some((text, settings)) = file.read()? else {
            output::put(&format!("rules: none, there is no {path}\n"))?;
            return Ok(Exit::Done);
        };
        output::put(&format!("rules: {path}\n{settings}"))?;
        let why = match prepare(&vnfm, &vnf, &settings).await {
            Ok(fitting) if fitting == text => {
                output::put("the rules fit the VNF\n")?;
                return Ok(Exit::Done);
            }
            Ok(_) => "they are not what would be written for it now".to_owned(),
            Err(failure) if failure.exit == Exit::Unreachable || failure.exit == Exit::Auth => {
                return Err(failure);
            }
            Err(failure) => failure.message().to_owned(),
        };
        output::put(&format!("the rules do not fit the VNF: {why}\n"))?;
        let command = reaction.command();
        anstream::eprintln!("hint: `vnfctl {command} enable` with --rules writes them anew");
        Ok(Exit::Failed)
    }
}

/// Writes the rules, if any are wanted, and switches on what they ask for. A folder `-` is stdout.
pub(super) async fn enable(
    vnfm: &Vnfm,
    vnf: &VnfInstance,
    reaction: Reaction,
    rules: Option<(&Path, Settings)>,
    waiting: &Waiting,
) -> Result<Exit, Failure> {
    if let Some((folder, settings)) = rules {
        let text = prepare(vnfm, vnf, &settings).await?;
        if folder == Path::new("-") {
            output::put(&text)?;
        } else {
            let file = reaction.file(folder, vnf);
            file.write(&text)?;
            output::put(&format!("{}\n", file.path().display()))?;
            reload();
        }
    }
    switch(vnfm, vnf, reaction, true, waiting).await
}

async fn switch(
    vnfm: &Vnfm,
    vnf: &VnfInstance,
    reaction: Reaction,
    on: bool,
    waiting: &Waiting,
) -> Result<Exit, Failure> {
    let (what, label) = (reaction.words(), vnf.label());
    if reaction.is_on(vnf) == on {
        anstream::eprintln!("{what} of {label} is {} already", state(on));
        return Ok(Exit::Done);
    }
    let patch = json!({"vnfConfigurableProperties": {reaction.member(): on}});
    let submitted = vnfm.modify(vnf, patch).await?;
    let verb = if on { "enable" } else { "disable" };
    waiting
        .finish(vnfm, &format!("{verb} {what} of {label}"), submitted)
        .await
}

/// Writes out the rules that the settings make for the VNF as it is now.
async fn prepare(vnfm: &Vnfm, vnf: &VnfInstance, settings: &Settings) -> Result<String, Failure> {
    let package = cluster::Settings::of_package(vnfm.client(), &vnf.vnfd_id).await;
    let package = package.map_err(|error| match error {
        cluster::Error::NotACluster { .. } => Failure::from(error).hint(
            "rules are written for clusters of the template `k8s-cilium`; without --rules, the \
             switch alone is set, and docs/autoheal.md has rules for other VNFs to start from",
        ),
        other => other.into(),
    })?;
    if package.access.certificate_authority.is_some() {
        let why = "the VNF's nodes open to certificates alone, and nobody signs one for what an \
                   alert sets off";
        return Err(Failure::new(Exit::Conflict, why)
            .hint("build the package without access.certificateAuthority"));
    }
    let watched = Watched::of(vnf, &package)?;
    let reach = match settings {
        Settings::AutoHeal(_) => None,
        Settings::AutoScale(scale) => {
            let size = vnfm.size(vnf, &scale.aspect).await?;
            let [vdu] = size.vdus() else {
                let why = format!("aspect `{}` scales several VDUs at once", scale.aspect);
                return Err(
                    Failure::new(Exit::Usage, why).because("the rules count the nodes of one")
                );
            };
            let (least, most) = size.range().ok_or_else(|| {
                let why = "the VNF has fewer VNFCs than its scale level says: heal it first";
                Failure::new(Exit::Conflict, why)
            })?;
            Some(Reach {
                vdu: vdu.clone(),
                step: size.step(),
                least,
                most,
            })
        }
    };
    Ok(render(&watched, settings, reach.as_ref())?)
}

fn reload() {
    anstream::eprintln!("hint: Prometheus reads its rules on SIGHUP, or on a POST to /-/reload");
}

fn state(is_on: bool) -> &'static str {
    if is_on { "enabled" } else { "disabled" }
}

impl From<alerts::Error> for Failure {
    fn from(error: alerts::Error) -> Self {
        use alerts::Error as E;
        let exit = match &error {
            E::NotInstantiated(_) | E::ForeignId { .. } | E::OnlyControlPlane { .. } => {
                Exit::Conflict
            }
            E::NoSuchVdu { .. } => Exit::NotFound,
            E::Invalid(_) => Exit::Usage,
        };
        let failure = Self::new(exit, error.to_string());
        match error {
            E::OnlyControlPlane { vdu, .. } => {
                failure.hint(format!("`--vdu {vdu}` has it replaced all the same"))
            }
            E::ForeignId { .. } => {
                failure.hint("take VDU_VNFc_mapping out of the VNF's metadata, then heal it")
            }
            _ => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let exit = match &error {
            FileError::Foreign(_) => Exit::Conflict,
            FileError::Io { .. } => Exit::Usage,
        };
        let mut reasons = crate::lifecycle::reasons(&error).into_iter();
        let failure = Self::new(exit, reasons.next().unwrap_or_default());
        let failure = reasons.fold(failure, Self::because);
        match error {
            FileError::Foreign(_) => failure.hint("give another folder, or move that file away"),
            FileError::Io { .. } => failure,
        }
    }
}
