//! The verbs on one VNF: list, show, instantiate, scale, heal, terminate.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::args::Global;
use super::certify::{Parameters, Signing};
use super::fleet::{self, Begun, Targets};
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::stream::Stream;
use super::watch::{duration, follow, stopped};
use super::{Exit, Failure, context, listing, request};
use crate::lifecycle::{
    Asked, HealTarget, Reached, Receiver, Submitted, Vnfm, unchecked, vnfcs_of,
};
use crate::tacker::{Form, Kind, ScaleType, Task, VnfInstance};

/// How to wait.
#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// Print the operation's id and do not wait for its end
    #[arg(long)]
    no_wait: bool,
    /// Stop waiting after this time, such as 90s or 20m; the operation goes on
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// Have Tacker tell of the end by itself: the address at which it reaches this machine
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        conflicts_with = "no_wait",
        hide_short_help = true
    )]
    notify: Option<Reached>,
}

impl Waiting {
    /// Waits for the end, at most so long.
    pub(super) fn until(timeout: Option<Duration>) -> Self {
        Self {
            no_wait: false,
            timeout,
            notify: None,
        }
    }

    pub(super) async fn finish(
        &self,
        vnfm: &Vnfm,
        title: &str,
        submitted: Submitted,
    ) -> Result<Exit, Failure> {
        for note in &submitted.notes {
            anstream::eprintln!("note: {note}");
        }
        if self.no_wait {
            vnfm.told(&submitted.op).await?;
            output::put(&format!("{}\n", submitted.op))?;
            return Ok(Exit::Done);
        }
        let receiver = self.receiver(vnfm, &submitted).await;
        let woken = receiver.as_ref().map(Receiver::woken);
        let (op, timeout) = (&submitted.op, self.timeout);
        let followed = follow(vnfm, title, op, Asked::Start, timeout, woken).await;
        if let Some(receiver) = receiver
            && let Err(error) = receiver.end(vnfm).await
        {
            anstream::eprintln!("warning: the subscription stays in Tacker: {error}");
        }
        followed?;
        Ok(Exit::Done)
    }

    /// Where Tacker tells of the operation; nowhere, and said so, where that cannot be had.
    async fn receiver(&self, vnfm: &Vnfm, submitted: &Submitted) -> Option<Receiver> {
        let at = self.notify.as_ref()?;
        match vnfm.receive(at, std::slice::from_ref(&submitted.vnf)).await {
            Ok(receiver) => Some(receiver),
            Err(error) => {
                anstream::eprintln!("warning: Tacker tells nothing, and is asked instead: {error}");
                None
            }
        }
    }

    /// The same without a view; returns what is to be said of the end.
    pub(super) async fn finish_quietly(
        &self,
        vnfm: &Vnfm,
        title: &str,
        submitted: Submitted,
    ) -> Result<String, Failure> {
        for note in &submitted.notes {
            anstream::eprintln!("note: {note}");
        }
        if self.no_wait {
            vnfm.told(&submitted.op).await?;
            output::put(&format!("{}\n", submitted.op))?;
            return Ok(format!("operation {}", submitted.op));
        }
        fleet::quietly(vnfm, title, &submitted, self.timeout).await
    }
}

/// Lists the VNFs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl list --where instantiationState=INSTANTIATED
  vnfctl list -o wide --sort-by name
  vnfctl list -o jsonpath='$[*].id'")]
pub(super) struct List {
    #[command(flatten)]
    conditions: Conditions,
    #[command(flatten)]
    listing: Listing,
}

impl List {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let columns = Columns {
            usual: &[
                ("NAME", "/vnfInstanceName"),
                ("STATE", "/instantiationState"),
                ("PRODUCT", "/vnfProductName"),
                ("ID", "/id"),
            ],
            wide: &[
                ("VERSION", "/vnfdVersion"),
                ("SOFTWARE", "/vnfSoftwareVersion"),
                ("PROVIDER", "/vnfProvider"),
                ("VNFD", "/vnfdId"),
                ("DESCRIPTION", "/vnfInstanceDescription"),
            ],
        };
        let needed = self.listing.needed(columns)?;
        let kept = |vnf| listing::only(vnf, needed.as_deref());
        let client = vnfm.client();
        let conditions = &self.conditions.all;
        if self.listing.is_streamed() {
            let mut stream = Stream::new(&self.listing, columns)?;
            let page = |rows: Vec<Value>| stream.page(&rows);
            client.instance_pages(conditions, kept, page).await?;
            return Ok(Exit::Done);
        }
        let vnfs = client.instances_where(conditions, kept).await?;
        self.listing.print(columns, &vnfs)?;
        Ok(Exit::Done)
    }
}

/// Makes a VNF out of an onboarded package and gives it its resources.
#[derive(Debug, Args)]
pub(super) struct Instantiate {
    /// VNFD id, package id or product name
    package: String,
    /// Name for the VNF
    #[arg(long)]
    name: String,
    /// VIM to put it on, by name or id [default: Tacker's default VIM]
    #[arg(long, value_name = "NAME")]
    vim: Option<String>,
    /// Deployment flavour [default: the package's only one, or `simple`]
    #[arg(long, value_name = "ID")]
    flavour: Option<String>,
    /// Instantiation level [default: the flavour's default level]
    #[arg(long, value_name = "ID")]
    level: Option<String>,
    #[command(flatten)]
    parameters: Parameters,
    /// YAML or JSON file of an InstantiateVnfRequest (SOL003) to start from
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not look first whether flavors, images and networks exist
    #[arg(long)]
    skip_checks: bool,
    /// Show the request and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl Instantiate {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let request = self.request(global)?;
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        let package = vnfm.find_package(&self.package).await?;
        let Some(vnfd) = package.vnfd_id else {
            return Err(Failure::new(
                Exit::Conflict,
                format!(
                    "package {} is {}, not ONBOARDED",
                    package.id, package.onboarding_state
                ),
            ));
        };
        let placed = vnfm
            .place(&package.id, self.vim.as_deref(), request)
            .await?;
        if let Some(manifests) = placed.manifests {
            anstream::eprintln!("{manifests}");
        }
        let request = placed.request;
        let request = if self.skip_checks {
            unchecked(request)
        } else {
            let prepared = vnfm.prepare(&package.id, request).await?;
            for warning in prepared.warnings {
                anstream::eprintln!("warning: {warning}");
            }
            prepared.request
        };
        if self.dry_run {
            return request::show(&request);
        }
        ensure_vim(&vnfm).await?;
        // Heard only once what was made has its operation: in between, it would be left unnamed.
        let interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        let mut interrupt = interrupt.map_err(|error| {
            Failure::new(Exit::Failed, "cannot listen to Ctrl-C").caused_by(error)
        })?;
        let (_, submitted) = vnfm.instantiate(&vnfd, &self.name, request).await?;
        if interrupt.recv().now_or_never().is_some() {
            vnfm.told(&submitted.op).await?;
            return Err(stopped(
                &format!("instantiate {}", self.name),
                &submitted.op,
            ));
        }
        self.waiting
            .finish(&vnfm, &format!("instantiate {}", self.name), submitted)
            .await
    }

    fn request(&self, global: &Global) -> Result<Value, Failure> {
        let form = Form::Of(Task::Instantiate);
        let mut map = request::read(self.file.as_deref(), request::form(global, form))?;
        if let Some(flavour) = &self.flavour {
            map.insert("flavourId".into(), json!(flavour));
        }
        if let Some(level) = &self.level {
            map.insert("instantiationLevelId".into(), json!(level));
        }
        request::add_parameters(&mut map, self.parameters.map());
        Ok(map.into())
    }
}

/// Registers the person's own account as the default VIM when there is no VIM at all.
pub(super) async fn ensure_vim(vnfm: &Vnfm) -> Result<(), Failure> {
    let client = vnfm.client();
    if !client.vims().await?.is_empty() {
        return Ok(());
    }
    let account = client.session().cloud();
    let name = format!("{}-default", account.name);
    match client.add_vim(&name, account, true).await {
        Ok(vim) => anstream::eprintln!(
            "Tacker had no VIM: registered `{}` as its default, with the account of cloud `{}`",
            vim.name,
            account.name
        ),
        // Another command that runs now was quicker.
        Err(error) if error.kind == Kind::Conflict && !client.vims().await?.is_empty() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Adds or removes VNFCs, in steps of a scaling aspect.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl scale web1 --out
  vnfctl scale web1 web2 web3 --to 5
  vnfctl scale --label site=edge --level 2 --parallel 20")]
#[command(group = clap::ArgGroup::new("by").required(true))]
pub(super) struct Scale {
    #[command(flatten)]
    targets: Targets,
    /// Add this many steps
    #[arg(long, group = "by", value_name = "STEPS", num_args = 0..=1, default_missing_value = "1")]
    out: Option<u32>,
    /// Remove this many steps
    #[arg(long = "in", group = "by", value_name = "STEPS", num_args = 0..=1, default_missing_value = "1")]
    in_: Option<u32>,
    /// Go to this number of VNFCs of the VDUs that the aspect scales, counted together
    #[arg(long, group = "by", value_name = "COUNT")]
    to: Option<u32>,
    /// Go to this scale level of the aspect; 0 is its smallest size
    #[arg(long, group = "by", value_name = "LEVEL")]
    level: Option<u32>,
    /// Scaling aspect; may be left out when there is one only
    #[arg(long, value_name = "ID")]
    aspect: Option<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl Scale {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        let begin = async |vnf: &VnfInstance| self.begin(&vnfm, vnf).await;
        let after = async |_: &VnfInstance| Ok(());
        self.targets.each(&vnfm, &self.waiting, begin, after).await
    }

    async fn begin(&self, vnfm: &Vnfm, vnf: &VnfInstance) -> Result<Begun, Failure> {
        let aspect = self.aspect.as_deref();
        let wanted = match (self.out, self.in_, self.to, self.level) {
            (Some(steps), ..) => Some((ScaleType::ScaleOut, steps)),
            (_, Some(steps), ..) => Some((ScaleType::ScaleIn, steps)),
            (_, _, Some(count), _) => vnfm.steps_to_count(vnf, aspect, count).await?,
            (_, _, _, Some(level)) => Vnfm::steps_to_level(vnf, aspect, level)?,
            _ => None,
        };
        let Some((direction, steps)) = wanted else {
            return Ok(Begun::Nothing("has that size already".to_owned()));
        };
        let params = self.parameters.map();
        let request = Vnfm::scale_request(vnf, direction, aspect, steps, params)?;
        if self.targets.is_dry() {
            return Begun::shown(&request);
        }
        let submitted = vnfm.scale(vnf, request).await?;
        let title = format!("scale {} {} by {steps}", vnf.label(), direction.way());
        Ok(Begun::Operation(title, submitted))
    }
}

/// Replaces VNFCs of a VNF, or all of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl heal web1
  vnfctl heal --where vnfProductName=web --fail-fast")]
pub(super) struct Heal {
    #[command(flatten)]
    targets: Targets,
    /// VNFC to replace; repeatable [default: the servers of all]
    #[arg(long = "vnfc", value_name = "ID", num_args = 1.., conflicts_with = "all")]
    vnfcs: Vec<String>,
    /// Node to replace, by its server's name in Nova or its pod's; repeatable
    #[arg(long = "node", value_name = "NAME", num_args = 1.., conflicts_with = "all")]
    nodes: Vec<String>,
    /// Delete and make the whole stack anew, storage and networks included
    #[arg(long)]
    all: bool,
    /// Why, in words that Tacker keeps with the operation
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
}

impl Heal {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        let begin = async |vnf: &VnfInstance| self.begin(&vnfm, vnf).await;
        let after = async |_: &VnfInstance| Ok(());
        self.targets.each(&vnfm, &self.waiting, begin, after).await
    }

    async fn begin(&self, vnfm: &Vnfm, vnf: &VnfInstance) -> Result<Begun, Failure> {
        let mut vnfcs = self.vnfcs.clone();
        if !self.nodes.is_empty() {
            let nodes = vnfm.nodes(vnf).await?;
            for id in vnfcs_of(vnf.label(), &nodes, &self.nodes)? {
                if !vnfcs.contains(&id) {
                    vnfcs.push(id);
                }
            }
        }
        let target = match (self.all, vnfcs.is_empty()) {
            (true, _) => HealTarget::Everything,
            (false, true) => HealTarget::Servers,
            (false, false) => HealTarget::Vnfcs(vnfcs),
        };
        let cause = self.cause.as_deref();
        let request = Vnfm::heal_request(vnf, &target, cause, self.parameters.map())?;
        if self.targets.is_dry() {
            return Begun::shown(&request);
        }
        let submitted = vnfm.heal(vnf, request).await?;
        Ok(Begun::Operation(format!("heal {}", vnf.label()), submitted))
    }
}

/// Takes a VNF's resources away.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl terminate web1 --delete
  vnfctl terminate --label site=edge --delete")]
pub(super) struct Terminate {
    #[command(flatten)]
    targets: Targets,
    /// Delete its record too
    #[arg(long, conflicts_with = "no_wait")]
    delete: bool,
    /// Have Tacker wait this time for the VNF to be taken out of service, such as 30s [default: none]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    graceful: Option<Duration>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Terminate {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let begin = async |vnf: &VnfInstance| self.begin(&vnfm, vnf).await;
        let after = async |vnf: &VnfInstance| {
            if self.delete && !self.targets.is_dry() {
                vnfm.delete(&vnf.id).await?;
            }
            Ok(())
        };
        self.targets.each(&vnfm, &self.waiting, begin, after).await
    }

    async fn begin(&self, vnfm: &Vnfm, vnf: &VnfInstance) -> Result<Begun, Failure> {
        let label = vnf.label();
        if vnf.is_instantiated() {
            let graceful = self.graceful.map(|time| time.as_secs().max(1));
            let request = Vnfm::terminate_request(graceful);
            if self.targets.is_dry() {
                return Begun::shown(&request);
            }
            let submitted = vnfm.terminate(vnf, request).await?;
            return Ok(Begun::Operation(format!("terminate {label}"), submitted));
        }
        if self.delete {
            return Ok(Begun::Nothing("has no resources".to_owned()));
        }
        let message = format!("VNF `{label}` has no resources");
        Err(Failure::new(Exit::Conflict, message).hint(format!(
            "`vnfctl terminate {label} --delete` removes its record"
        )))
    }
}
