//! `vnfctl plan` and `vnfctl apply`: VNFs as a file wants them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use tempfile::TempDir;

use super::args::Global;
use super::certify::Signing;
use super::fleet::Run;
use super::output::{self, Format};
use super::vnf::{Waiting, ensure_vim};
use super::watch::duration;
use super::{Exit, Failure, build, context, package};
use crate::desired::{
    self, Begun, Desired, Package, Packages, Performer, Plan, Saved, SavedError, Site, Step,
    VnfPlan, Wanted,
};
use crate::diagnose::{Sink, Sources};
use crate::lifecycle::Vnfm;

/// Longest time for the onboarding of a package.
const ONBOARDING: Duration = Duration::from_secs(600);

/// Shows what would be done so that there are the VNFs that a file wants.
///
/// Nothing is changed. Packages, levels, networks, flavors, images and the quota are looked at first; what
/// stands in the way is told of all VNFs at once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl plan -f vnfs.yaml
  vnfctl plan -f vnfs.yaml --out vnfs.plan && vnfctl apply vnfs.plan
  vnfctl plan -f vnfs.yaml --detailed-exitcode   # 0: nothing to do, 11: something")]
pub(super) struct Command {
    /// The VNFs that there should be (YAML, kind VnfInstances)
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Utf8PathBuf,
    /// Keep the plan in this file, for `apply`
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    /// Exit with 11 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    printing: output::Printing,
}

/// Does what is needed so that there are the VNFs that a file wants.
///
/// A VNF whose operation fails gets no other; the rest goes on. Done again, it goes on where it stopped.
/// A saved plan is refused when something has moved since it was made.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl apply -f vnfs.yaml
  vnfctl apply vnfs.plan
  vnfctl apply -f vnfs.yaml --replace web2")]
pub(super) struct Apply {
    /// A plan that `plan --out` kept
    #[arg(required_unless_present = "file")]
    plan: Option<Utf8PathBuf>,
    /// The VNFs that there should be (YAML, kind VnfInstances)
    #[arg(
        short = 'f',
        long = "file",
        value_name = "FILE",
        conflicts_with = "plan"
    )]
    file: Option<Utf8PathBuf>,
    /// Of the VNFs that cannot become what they should be, take these away and make them anew
    #[arg(long, value_name = "VNF", num_args = 1..)]
    replace: Vec<String>,
    /// So many VNFs at a time
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    parallel: u16,
    /// Give up waiting for an operation after this time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    signing: Signing,
}

/// What is wanted, with the packages at hand.
pub(super) struct Prepared {
    desired: Desired,
    packages: Packages,
    pub(super) plan: Plan,
    /// Where packages lie that were built of specs.
    _scratch: TempDir,
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let desired = read(&self.file)?;
        let vnfm = context::vnfm(global)?;
        let prepared = prepare(&vnfm, desired).await?;
        let plan = &prepared.plan;
        match self.printing.output {
            Format::Table | Format::Wide => anstream::print!("{}", words(plan)),
            format => output::one(format, plan)?,
        }
        refuse(plan.faults(), "this cannot be done now")?;
        if let Some(out) = &self.out {
            let saved = Saved::new(site(&vnfm, global), prepared.desired, prepared.plan.clone());
            saved.write(out).map_err(|error| unsaved(out, error))?;
            anstream::eprintln!("`vnfctl apply {out}` does this, while it holds");
        }
        Ok(match self.detailed_exitcode && !prepared.plan.is_empty() {
            true => Exit::Differs,
            false => Exit::Done,
        })
    }
}

impl Apply {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        let prepared = match (&self.plan, &self.file) {
            (Some(file), _) => unmoved(&vnfm, global, file).await?,
            (None, Some(file)) => prepare(&vnfm, read(file)?).await?,
            (None, None) => return Err(Failure::new(Exit::Usage, "name a plan or -f FILE")),
        };
        let plan = &prepared.plan;
        anstream::eprint!("{}", words(plan));
        refuse(
            plan.faults(),
            "this cannot be done now, and nothing was begun",
        )?;
        self.refuse_replacing(plan)?;
        if plan.is_empty() {
            return Ok(Exit::Done);
        }
        ensure_vim(&vnfm).await?;
        for (name, product) in &plan.pushes {
            push(&vnfm, &prepared.packages, name, product).await?;
        }
        self.perform(&vnfm, &prepared).await
    }

    /// Takes nothing away that the person has not named.
    fn refuse_replacing(&self, plan: &Plan) -> Result<(), Failure> {
        let unnamed = plan.vnfs.iter().filter(|vnf| vnf.is_replaced());
        let unnamed = unnamed.filter(|vnf| !self.replace.contains(&vnf.name));
        let unnamed: Vec<&str> = unnamed.map(|vnf| vnf.name.as_str()).collect();
        if unnamed.is_empty() {
            return Ok(());
        }
        let names = unnamed.join(" ");
        let message = format!("{names} would be taken away and made anew; nothing was begun");
        let hint = format!("`--replace {names}` agrees to that");
        Err(Failure::new(Exit::Conflict, message).hint(hint))
    }

    async fn perform(&self, vnfm: &Vnfm, prepared: &Prepared) -> Result<Exit, Failure> {
        let (desired, packages) = (&prepared.desired, &prepared.packages);
        let performer = Performer::new(vnfm, desired, packages).await;
        let waiting = Waiting::until(self.timeout);
        let run = Run::new(vnfm, &waiting);
        let pairs = desired.vnfs.iter().zip(&prepared.plan.vnfs);
        let pairs: Vec<_> = pairs
            .filter(|(_, vnf)| !vnf.outcome.steps.is_empty())
            .collect();
        let count = pairs.len();
        let all = pairs.into_iter().map(async |(wanted, plan)| {
            let outcome = one(&run, &performer, wanted, plan).await;
            run.ended(wanted.name.clone(), outcome);
        });
        run.all(all, self.parallel.into(), count).await
    }
}

/// Does all steps of a VNF, one after the other.
async fn one(
    run: &Run<'_>,
    performer: &Performer<'_>,
    wanted: &Wanted,
    plan: &VnfPlan,
) -> Result<String, Failure> {
    let began = std::time::Instant::now();
    let mut vnf = plan.seen.as_ref().map(|seen| seen.id.clone());
    for step in &plan.outcome.steps {
        let what = line(step);
        let begun = performer.begin(wanted, plan, step, vnf.as_deref()).await?;
        let Begun::Operation(id, submitted) = begun else {
            continue;
        };
        let title = format!("{}: {what}", wanted.name);
        let said = run.follow(&title, submitted).await?;
        anstream::eprintln!("{}: {what}: {said}", wanted.name);
        vnf = match step {
            Step::Remove { .. } => {
                run.vnfm.delete(&id).await?;
                None
            }
            _ => Some(id),
        };
    }
    Ok(format!(
        "as wanted after {:.1} s",
        began.elapsed().as_secs_f64()
    ))
}

async fn push(vnfm: &Vnfm, packages: &Packages, name: &str, product: &str) -> Result<(), Failure> {
    let Some(archive) = packages.get(name).and_then(|one| one.archive.as_deref()) else {
        return Ok(());
    };
    let size = std::fs::metadata(archive).map_err(|e| Failure::unread(archive, e))?;
    let onboarded = package::upload(vnfm, archive, size.len(), ONBOARDING).await?;
    anstream::eprintln!("pushed {product} ({})", onboarded.id);
    Ok(())
}

/// Reads what is wanted, and shows what is found in it.
pub(super) fn read(file: &Utf8Path) -> Result<Desired, Failure> {
    let unread = |error| Failure::unread(file.as_std_path(), error);
    let text = std::fs::read_to_string(file).map_err(unread)?;
    let (mut sink, mut sources) = (Sink::default(), Sources::default());
    sources.insert(file, text.as_str());
    let desired = desired::read(file, &text, &mut sink);
    output::findings(&sink, &sources);
    desired.ok_or_else(|| Failure::new(Exit::Usage, format!("{file} has faults")))
}

/// Gets the packages, looks at what there is, and makes the plan.
pub(super) async fn prepare(vnfm: &Vnfm, desired: Desired) -> Result<Prepared, Failure> {
    let scratch = tempfile::tempdir().map_err(|error| {
        let message = "cannot make a temporary directory";
        Failure::new(Exit::Failed, message).caused_by(error)
    })?;
    let mut packages = Packages::new();
    for wanted in &desired.vnfs {
        if packages.contains_key(&wanted.package) {
            continue;
        }
        let package = match wanted.file() {
            Some(file) => {
                let archive = archive(file, scratch.path(), packages.len())?;
                let unread = || Failure::new(Exit::Failed, format!("{file} has no VNFD"));
                let vnfd = package::checked(&archive)?.ok_or_else(unread)?;
                Package::local(vnfm, archive, vnfd).await?
            }
            None => Package::onboarded(vnfm, &wanted.package).await?,
        };
        packages.insert(wanted.package.clone(), package);
    }
    let plan = desired::make(vnfm, &desired, &packages).await?;
    Ok(Prepared {
        desired,
        packages,
        plan,
        _scratch: scratch,
    })
}

/// The package's file: of a spec, what is built of it.
fn archive(file: &Utf8Path, scratch: &Path, number: usize) -> Result<PathBuf, Failure> {
    if file.extension() == Some("zip") {
        return Ok(file.into());
    }
    let plan = build::plan(file)?;
    let stem = file.file_stem().unwrap_or("package");
    let out = scratch.join(format!("{number}-{stem}.zip"));
    crate::package::build(&plan, &out, &mut |_, _| {}).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot build {file}")).caused_by(error)
    })?;
    Ok(out)
}

/// Reads a saved plan, and makes sure that all is as it was.
async fn unmoved(vnfm: &Vnfm, global: &Global, file: &Utf8Path) -> Result<Prepared, Failure> {
    let saved = Saved::read(file).map_err(|error| unsaved(file, error))?;
    if saved.site != site(vnfm, global) {
        let site = &saved.site;
        let at = site.keystone.as_deref().unwrap_or("the embedded VNFM");
        let project = site.project.as_deref().unwrap_or("unknown");
        let message = format!("{file} is for {at}, project `{project}`");
        return Err(Failure::new(Exit::Conflict, message));
    }
    let now = prepare(vnfm, saved.desired.clone()).await?;
    let moved = saved.moved(&now.plan).map_err(output::cannot)?;
    let made = saved.made.strftime("%F %T UTC");
    let message = format!("things have moved since {file} was made ({made}); nothing was begun");
    refuse(moved.into_iter(), &message)
        .map_err(|failure| failure.hint("make the plan anew, and look at it"))?;
    Ok(now)
}

/// Fails where there are reasons to, and tells all of them.
fn refuse(reasons: impl Iterator<Item = String>, message: &str) -> Result<(), Failure> {
    let mut reasons = reasons.peekable();
    if reasons.peek().is_none() {
        return Ok(());
    }
    let failure = Failure::new(Exit::Conflict, message);
    Err(reasons.fold(failure, Failure::because))
}

fn site(vnfm: &Vnfm, global: &Global) -> Site {
    let cloud = vnfm.client().session().cloud();
    Site::of(cloud, global.embedded.is_some())
}

fn unsaved(file: &Utf8Path, error: SavedError) -> Failure {
    match error {
        SavedError::Io(error) => Failure::unread(file.as_std_path(), error),
        other => Failure::new(Exit::Usage, format!("cannot use {file}")).caused_by(other),
    }
}

/// The plan for a person.
pub(super) fn words(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    for product in plan.pushes.values() {
        let _ = writeln!(text, "{} push package {product}", sign('+'));
    }
    let mut counts = [0; 4];
    for vnf in &plan.vnfs {
        let (number, mark, word) = kind(vnf);
        counts[number] += 1;
        let _ = writeln!(text, "{} {}: {word}", sign(mark), vnf.name);
        for step in &vnf.outcome.steps {
            let why = because(step).map(|why| format!(": {why}"));
            let _ = writeln!(text, "    {}{}", line(step), why.unwrap_or_default());
        }
        for note in &vnf.outcome.notes {
            let _ = writeln!(text, "    note: {note}");
        }
    }
    let [create, change, replace, same] = counts;
    let _ = writeln!(
        text,
        "{create} to create, {change} to change, {replace} to replace, {same} as wanted"
    );
    text
}

fn kind(vnf: &VnfPlan) -> (usize, char, &'static str) {
    match (&vnf.seen, vnf.outcome.steps.is_empty()) {
        _ if vnf.is_replaced() => (2, '!', "replace"),
        (_, true) if !vnf.outcome.faults.is_empty() => (3, ' ', "cannot be judged"),
        (_, true) => (3, ' ', "as wanted"),
        (None, false) => (0, '+', "create"),
        (Some(_), false) => (1, '~', "change"),
    }
}

fn sign(mark: char) -> String {
    let colour = match mark {
        '+' => AnsiColor::Green,
        '~' => AnsiColor::Yellow,
        '!' => AnsiColor::Red,
        _ => return mark.to_string(),
    };
    let style = Style::new().bold().fg_color(Some(colour.into()));
    format!("{style}{mark}{style:#}")
}

/// A step in one line.
fn line(step: &Step) -> String {
    match step {
        Step::Remove { .. } => "terminate".to_owned(),
        Step::Create {
            product,
            flavour,
            level,
            ..
        } => {
            let level = level.as_ref().map(|level| format!(", level {level}"));
            let level = level.unwrap_or_default();
            format!("instantiate {product}, flavour {flavour}{level}")
        }
        Step::Modify { request } => {
            let members = request.iter().flat_map(|(member, value)| {
                let keys = value.as_object().map(|map| map.keys());
                match keys {
                    Some(keys) => keys.map(|key| format!("{member}.{key}")).collect(),
                    None => vec![member.clone()],
                }
            });
            let members: Vec<_> = members.collect();
            format!("modify {}", members.join(", "))
        }
        Step::Heal { vnfcs, .. } => match vnfcs.len() {
            1 => "heal 1 VNFC".to_owned(),
            count => format!("heal {count} VNFCs"),
        },
        Step::ChangePackage { product, .. } => format!("change package to {product}"),
        Step::Connect { cp, from, to } => {
            let from = from.as_ref().map(|from| format!(" from {from}"));
            format!("connect {cp}{} to {to}", from.unwrap_or_default())
        }
        Step::Scale { aspect, from, to } => format!("scale {aspect} from {from} to {to} VNFCs"),
    }
}

/// Why a step is needed, or what it is exactly.
fn because(step: &Step) -> Option<String> {
    match step {
        Step::Remove { because } | Step::Heal { because, .. } => Some(because.clone()),
        Step::ChangePackage { from, to, .. } => Some(format!("VNFD {from} to {to}")),
        _ => None,
    }
}
