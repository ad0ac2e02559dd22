//! Plays a scenario's steps through the lifecycle room and checks what must hold after each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use tokio::sync::mpsc::UnboundedSender;

use super::file::{Expect, Heal, Instantiate, Scale, Scenario, Step};
use crate::lifecycle::{Asked, Event, HealTarget, State, Submitted, Vnfm, words};
use crate::package::{self, plan::Plan};
use crate::report::{self, Outcome, Phase, Run};
use crate::tacker::{ScaleType, VnfInstance};

/// How long Tacker may take to onboard a package.
const ONBOARDING: Duration = Duration::from_secs(600);

/// What happens in a run, for somebody who watches.
#[derive(Debug, Clone)]
pub enum Progress {
    /// A step begins.
    Begins(String),
    /// An operation of the step was seen in a state.
    State(State),
    /// The step has ended.
    Ended(report::Step),
    /// Something could not be checked.
    Warning(String),
    /// Something that the run made could not be taken away.
    LeftBehind(String),
}

/// Plays `scenario` with the package of `plan`; whatever it made is taken away at the end.
///
/// `directory` receives the package. `watcher` may have gone, the run goes on.
pub async fn run(
    vnfm: &Vnfm,
    scenario: &Scenario,
    plan: &Plan,
    directory: &Path,
    watcher: &UnboundedSender<Progress>,
) -> Run {
    let mut player = Player {
        vnfm,
        plan,
        archive: directory.join(format!("{}.zip", plan.identity.product_name)),
        watcher,
        package: None,
        vnf: None,
        phases: Vec::new(),
    };
    let mut steps = Vec::new();
    let mut broken = false;
    for step in &scenario.steps {
        let name = name(step);
        if broken {
            steps.push(report::Step {
                name,
                outcome: Outcome::Skipped,
                took: Duration::ZERO,
                phases: Vec::new(),
            });
            continue;
        }
        player.tell(Progress::Begins(name.clone()));
        let began = Instant::now();
        let played = player.play(step).await;
        let took = began.elapsed();
        let checked = match played {
            Ok(()) => player.check(expectation(step), took).await,
            Err(fault) => Err(fault),
        };
        let outcome = checked.map_or_else(Outcome::Failed, |()| Outcome::Passed);
        broken = outcome != Outcome::Passed;
        let step = report::Step {
            name,
            outcome,
            took,
            phases: std::mem::take(&mut player.phases),
        };
        player.tell(Progress::Ended(step.clone()));
        steps.push(step);
    }
    player.clean_up().await;
    Run {
        scenario: scenario.name.clone(),
        steps,
    }
}

fn name(step: &Step) -> String {
    match step {
        Step::Build(_) => "build".into(),
        Step::Push(_) => "push".into(),
        Step::Instantiate(_) => "instantiate".into(),
        Step::Scale(Scale {
            out: Some(steps), ..
        }) => format!("scale out by {steps}"),
        Step::Scale(scale) => format!("scale in by {}", scale.r#in.unwrap_or_default()),
        Step::Heal(Heal { vdu: Some(vdu), .. }) => format!("heal one {vdu}"),
        Step::Heal(_) => "heal all".into(),
        Step::Terminate(_) => "terminate".into(),
        Step::Delete(_) => "delete".into(),
    }
}

fn expectation(step: &Step) -> &Expect {
    match step {
        Step::Build(expect)
        | Step::Push(expect)
        | Step::Terminate(expect)
        | Step::Delete(expect) => expect,
        Step::Instantiate(step) => &step.expect,
        Step::Scale(step) => &step.expect,
        Step::Heal(step) => &step.expect,
    }
}

struct Player<'a> {
    vnfm: &'a Vnfm,
    plan: &'a Plan,
    archive: PathBuf,
    watcher: &'a UnboundedSender<Progress>,
    package: Option<String>,
    vnf: Option<String>,
    phases: Vec<Phase>,
}

impl Player<'_> {
    fn tell(&self, progress: Progress) {
        // A watcher that has gone needs to be told nothing.
        let _ = self.watcher.send(progress);
    }

    async fn play(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Build(_) => package::build(self.plan, &self.archive, &mut |_, _| {})
                .map(drop)
                .map_err(told),
            Step::Push(_) => self.push().await,
            Step::Instantiate(step) => self.instantiate(step).await,
            Step::Scale(step) => self.scale(step).await,
            Step::Heal(step) => self.heal(step).await,
            Step::Terminate(_) => {
                let vnf = self.vnf().await?;
                let submitted = self
                    .vnfm
                    .terminate(&vnf, Vnfm::terminate_request(None))
                    .await
                    .map_err(told)?;
                self.follow(submitted).await
            }
            Step::Delete(_) => self.delete().await,
        }
    }

    async fn push(&mut self) -> Result<(), String> {
        let onboarded = self
            .vnfm
            .onboard(
                &self.archive,
                ONBOARDING,
                Arc::new(|_| {}),
                std::future::pending(),
            )
            .await
            .map_err(told)?;
        self.package = Some(onboarded.id);
        Ok(())
    }

    async fn instantiate(&mut self, step: &Instantiate) -> Result<(), String> {
        let mut request = json!({});
        if let Some(flavour) = &step.flavour {
            request["flavourId"] = json!(flavour);
        }
        if let Some(level) = &step.level {
            request["instantiationLevelId"] = json!(level);
        }
        let identity = &self.plan.identity;
        let package = self.vnfm.find_package(&identity.vnfd_id).await;
        let package = package.map_err(told)?;
        let placed = self.vnfm.place(&package.id, step.vim.as_deref(), request);
        let request = placed.await.map_err(told)?.request;
        let prepared = self.vnfm.prepare(&package.id, request).await;
        let prepared = prepared.map_err(told)?;
        for warning in prepared.warnings {
            self.tell(Progress::Warning(warning));
        }
        let name = format!(
            "{}-{}",
            identity.product_name,
            &uuid::Uuid::new_v4().simple().to_string()[..6]
        );
        let (vnf, submitted) = self
            .vnfm
            .instantiate(&identity.vnfd_id, &name, prepared.request)
            .await
            .map_err(told)?;
        self.vnf = Some(vnf);
        self.follow(submitted).await
    }

    async fn scale(&mut self, step: &Scale) -> Result<(), String> {
        let vnf = self.vnf().await?;
        let (direction, steps) = match (step.out, step.r#in) {
            (Some(steps), _) => (ScaleType::ScaleOut, steps),
            (None, steps) => (ScaleType::ScaleIn, steps.unwrap_or_default()),
        };
        let aspect = step.aspect.as_deref();
        let request = Vnfm::scale_request(&vnf, direction, aspect, steps, Map::new());
        let request = request.map_err(told)?;
        let submitted = self.vnfm.scale(&vnf, request).await.map_err(told)?;
        self.follow(submitted).await
    }

    async fn heal(&mut self, step: &Heal) -> Result<(), String> {
        let vnf = self.vnf().await?;
        let target = match &step.vdu {
            None => HealTarget::Servers,
            Some(vdu) => {
                let vnfc = vnf.vnfcs().iter().find(|vnfc| &vnfc.vdu_id == vdu);
                HealTarget::Vnfcs(vec![
                    vnfc.ok_or_else(|| format!("there is no VNFC of VDU `{vdu}`"))?
                        .id
                        .clone(),
                ])
            }
        };
        let before: Vec<&str> = vnf.vnfcs().iter().map(|vnfc| vnfc.id.as_str()).collect();
        let request = Vnfm::heal_request(&vnf, &target, None, Map::new());
        let request = request.map_err(told)?;
        let submitted = self.vnfm.heal(&vnf, request).await.map_err(told)?;
        self.follow(submitted).await?;
        let after = self.vnf().await?;
        let kept = after
            .vnfcs()
            .iter()
            .filter(|vnfc| before.contains(&vnfc.id.as_str()))
            .count();
        let healed = match &target {
            HealTarget::Vnfcs(ids) => ids.len(),
            HealTarget::Servers | HealTarget::Everything => before.len(),
        };
        if kept + healed != before.len() {
            return Err(format!(
                "{healed} of {} VNFCs were to be replaced, but {kept} are the same",
                before.len()
            ));
        }
        Ok(())
    }

    async fn delete(&mut self) -> Result<(), String> {
        if let Some(vnf) = self.vnf.take() {
            self.vnfm.delete(&vnf).await.map_err(told)?;
        }
        if let Some(package) = self.package.take() {
            self.drop_package(&package).await?;
        }
        Ok(())
    }

    async fn drop_package(&self, id: &str) -> Result<(), String> {
        let package = self.vnfm.client().package(id).await.map_err(told)?;
        self.vnfm.delete_package(&package).await.map_err(told)
    }

    async fn vnf(&self) -> Result<VnfInstance, String> {
        let id = self
            .vnf
            .as_deref()
            .ok_or("no VNF was made by an earlier step")?;
        self.vnfm.client().instance(id).await.map_err(told)
    }

    async fn follow(&mut self, submitted: Submitted) -> Result<(), String> {
        let (outcome, mut handle) = self.vnfm.follow(&submitted.op, Asked::Start, None, None);
        let mut seen: Vec<(State, Duration)> = Vec::new();
        let watching = async {
            while let Some(event) = handle.events.recv().await {
                if let Event::State { state, after, .. } = event {
                    self.tell(Progress::State(state));
                    seen.push((state, after));
                }
            }
        };
        let began = Instant::now();
        let (outcome, ()) = tokio::join!(outcome, watching);
        if let Err(error) = self.vnfm.note_end(&submitted.op, &outcome).await {
            self.tell(Progress::Warning(told(error)));
        }
        let total = began.elapsed();
        for (at, (state, after)) in seen.iter().enumerate() {
            let until = seen.get(at + 1).map_or(total, |next| next.1);
            if !state.is_final() {
                self.phases.push(Phase {
                    name: state.to_string(),
                    took: until.saturating_sub(*after),
                });
            }
        }
        outcome.map(drop).map_err(|error| match &error {
            crate::lifecycle::FollowError::Failed { seen, .. } => {
                let told = crate::lifecycle::explain(seen);
                [Some(error.to_string()), told.title, told.detail]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(": ")
            }
            _ => told(error),
        })
    }

    async fn check(&self, expect: &Expect, took: Duration) -> Result<(), String> {
        if let Some(limit) = expect.within_seconds
            && took > Duration::from_secs(limit)
        {
            return Err(format!(
                "took {:.1} s, but {limit} s were allowed",
                took.as_secs_f64()
            ));
        }
        if expect.vnfcs.is_empty() {
            return Ok(());
        }
        let vnf = self.vnf().await?;
        for (vdu, wanted) in &expect.vnfcs {
            let there = vnf
                .vnfcs()
                .iter()
                .filter(|vnfc| &vnfc.vdu_id == vdu)
                .count();
            if there != *wanted as usize {
                return Err(format!(
                    "VDU `{vdu}` has {there} VNFCs, but {wanted} were expected"
                ));
            }
        }
        Ok(())
    }

    async fn clean_up(&mut self) {
        if let Some(id) = self.vnf.take()
            && let Err(fault) = self.end_vnf(&id).await
        {
            self.tell(Progress::LeftBehind(format!("VNF {id}: {fault}")));
        }
        if let Some(id) = self.package.take()
            && let Err(fault) = self.drop_package(&id).await
        {
            self.tell(Progress::LeftBehind(format!("package {id}: {fault}")));
        }
    }

    async fn end_vnf(&mut self, id: &str) -> Result<(), String> {
        let vnf = self.vnfm.client().instance(id).await.map_err(told)?;
        if vnf.is_instantiated() {
            let submitted = self
                .vnfm
                .terminate(&vnf, Vnfm::terminate_request(None))
                .await
                .map_err(told)?;
            self.follow(submitted).await?;
        }
        self.vnfm.delete(id).await.map_err(told)
    }
}

fn told(error: impl std::error::Error) -> String {
    words(&error)
}
