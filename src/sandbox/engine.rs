//! Runs an accepted operation through the states that Tacker's conductor takes it through.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::onboard::package_of;
use super::store::Kind;
use super::vnf::{Outcome, Subject, now};
use super::wire::Problem;
use super::{Shared, change, csar, fault};
use crate::tosca::model::Vnfd;

/// From where an operation is run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run {
    Start,
    Retry,
    Rollback,
}

/// The store failed, or what it holds does not fit together.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    #[error("{0} is gone")]
    Gone(String),
    #[error(transparent)]
    Package(#[from] csar::Rejection),
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

/// Runs an operation on an instance that the caller has locked, and unlocks it.
pub(super) fn spawn(shared: &Arc<Shared>, run: Run, operation: &str, instance: &str) {
    let job = Job::new(shared, operation, instance);
    shared.tasks.spawn(async move { job.run(run).await });
}

/// Runs an operation on an instance that another has locked, once that lets it go.
///
/// Tacker's conductor waits 10 s for the lock, then leaves the occurrence STARTING for ever
/// (`sol_refactored/common/coordinate.py`); here the wait is as short as operations are.
pub(super) fn spawn_later(shared: &Arc<Shared>, run: Run, operation: &str, instance: &str) {
    let job = Job::new(shared, operation, instance);
    shared.tasks.spawn(async move {
        let limit = job.shared.duration / 3;
        if timeout(limit, job.shared.lock(&job.instance)).await.is_ok() {
            job.run(run).await;
        }
    });
}

struct Job {
    shared: Arc<Shared>,
    operation: String,
    instance: String,
}

impl Job {
    fn new(shared: &Arc<Shared>, operation: &str, instance: &str) -> Self {
        Self {
            shared: shared.clone(),
            operation: operation.to_owned(),
            instance: instance.to_owned(),
        }
    }

    async fn run(&self, run: Run) {
        if let Err(error) = self.drive(run).await {
            self.give_up(&error);
        }
        // Tacker shows COMPLETED before it lets the instance go: clients must meet that 409.
        tokio::time::sleep(self.shared.duration / 30).await;
        self.shared.unlock(&self.instance);
    }

    /// Ends the operation with the sandbox's own failure, as Tacker ends what it did not expect.
    fn give_up(&self, error: &Broken) {
        tracing::error!(operation = self.operation, "the operation broke: {error}");
        let state = match self.document(Kind::Operation, &self.operation) {
            Ok(occurrence) if occurrence["operationState"] == "STARTING" => "ROLLED_BACK",
            _ => "FAILED_TEMP",
        };
        let detail = format!("The sandbox failed: {error}");
        let problem = Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, detail);
        if let Err(error) = self.enter(state, Some(&problem)) {
            tracing::error!(
                operation = self.operation,
                "the operation stands still: {error}"
            );
        }
    }

    async fn drive(&self, run: Run) -> Result<(), Broken> {
        let duration = self.shared.duration;
        let vnfd = self.vnfd().await?;
        tokio::time::sleep(duration / 5).await;
        match run {
            Run::Start => {
                if let Err(problem) = self.grant(&vnfd)? {
                    return self.enter("ROLLED_BACK", Some(&problem));
                }
                self.enter("PROCESSING", None)?;
            }
            Run::Retry => self.enter("PROCESSING", None)?,
            Run::Rollback => {
                self.enter("ROLLING_BACK", None)?;
                tokio::time::sleep(duration / 2).await;
                return match self.roll_back()? {
                    Ok(()) => self.enter("ROLLED_BACK", None),
                    Err(problem) => self.enter("FAILED_TEMP", Some(&problem)),
                };
            }
        }
        tokio::time::sleep(duration * 4 / 5).await;
        match self.process(&vnfd)? {
            Ok(outcome) => self.complete(outcome),
            Err(problem) => self.enter("FAILED_TEMP", Some(&problem)),
        }
    }

    async fn vnfd(&self) -> Result<Vnfd, Broken> {
        let occurrence = self.document(Kind::Operation, &self.operation)?;
        let instance = self.document(Kind::Instance, &self.instance)?;
        // A VNF whose package is changed is judged by the new one.
        let vnfd_id = match occurrence["operation"].as_str() {
            Some("CHANGE_VNFPKG") => &occurrence["operationParams"]["vnfdId"],
            _ => &instance["vnfdId"],
        };
        let vnfd_id = vnfd_id.as_str().unwrap_or_default();
        let package = package_of(&self.shared, vnfd_id)?;
        let package = package.ok_or_else(|| Broken::Gone(format!("package of {vnfd_id}")))?;
        let file = self
            .shared
            .content(package["id"].as_str().unwrap_or_default());
        Ok(tokio::task::spawn_blocking(move || csar::descriptor(&file)).await??)
    }

    fn document(&self, kind: Kind, id: &str) -> Result<Value, Broken> {
        let found = self.shared.store.get(kind, id)?;
        found.ok_or_else(|| Broken::Gone(id.to_owned()))
    }

    /// What is checked before resources are touched: the outcome must be computable.
    fn grant(&self, vnfd: &Vnfd) -> Result<Result<(), Problem>, Broken> {
        self.attempt("STARTING", vnfd, |vnf, operation| vnf.granted(operation))
    }

    fn process(&self, vnfd: &Vnfd) -> Result<Result<Outcome, Problem>, Broken> {
        self.attempt("PROCESSING", vnfd, |vnf, operation| vnf.after(operation))
    }

    fn attempt<T>(
        &self,
        state: &str,
        vnfd: &Vnfd,
        what: impl Fn(&Subject<'_>, &str) -> Result<T, Problem>,
    ) -> Result<Result<T, Problem>, Broken> {
        let occurrence = self.document(Kind::Operation, &self.operation)?;
        let instance = self.document(Kind::Instance, &self.instance)?;
        let operation = occurrence["operation"].as_str().unwrap_or_default();
        let struck = fault::strike(&mut self.shared.turn().faults, operation, state);
        let params = &occurrence["operationParams"];
        let subject = Subject {
            vnfd,
            instance: &instance,
            params,
        };
        Ok(struck.and_then(|()| what(&subject, operation)))
    }

    /// An operation changes the instance only when it completes, so there is nothing to undo;
    /// what Tacker cannot roll back fails here in its words.
    fn roll_back(&self) -> Result<Result<(), Problem>, Broken> {
        let occurrence = self.document(Kind::Operation, &self.operation)?;
        let operation = occurrence["operation"].as_str().unwrap_or_default();
        let refused = match operation {
            "SCALE" if occurrence["operationParams"]["type"] == "SCALE_IN" => "SCALE IN",
            "HEAL" | "TERMINATE" => operation,
            _ => {
                let faults = &mut self.shared.turn().faults;
                return Ok(fault::strike(faults, operation, "ROLLING_BACK"));
            }
        };
        let detail = format!("Rollback of {refused} is not supported.");
        Ok(Err(Problem::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            detail,
        )))
    }

    fn enter(&self, state: &str, problem: Option<&Problem>) -> Result<(), Broken> {
        let _turn = self.shared.turn();
        let mut occurrence = self.document(Kind::Operation, &self.operation)?;
        enter(&mut occurrence, state, problem);
        Ok(self
            .shared
            .store
            .put(Kind::Operation, &self.operation, &occurrence)?)
    }

    fn complete(&self, outcome: Outcome) -> Result<(), Broken> {
        let _turn = self.shared.turn();
        let mut instance = self.document(Kind::Instance, &self.instance)?;
        let mut occurrence = self.document(Kind::Operation, &self.operation)?;
        if occurrence["operation"] == "MODIFY_INFO" {
            modify(&mut instance, &occurrence["operationParams"]);
            occurrence["changedInfo"] = occurrence["operationParams"].clone();
        } else {
            instance["instantiatedVnfInfo"] = outcome.info;
            occurrence["resourceChanges"] = json!({"affectedVnfcs": outcome.affected});
        }
        let members = instance.as_object_mut();
        match occurrence["operation"].as_str() {
            Some("INSTANTIATE") => {
                instance["instantiationState"] = json!("INSTANTIATED");
                let connections = &occurrence["operationParams"]["vimConnectionInfo"];
                if !connections.is_null() {
                    instance["vimConnectionInfo"] = connections.clone();
                }
            }
            Some("CHANGE_EXT_CONN") => {
                let links = &instance["instantiatedVnfInfo"]["extVirtualLinkInfo"];
                occurrence["changedExtConnectivity"] = links.clone();
            }
            Some("CHANGE_VNFPKG") => {
                let params = &occurrence["operationParams"];
                change::complete(&self.shared, &mut instance, params)?;
            }
            Some("TERMINATE") => {
                members.map(|members| members.shift_remove("vimConnectionInfo"));
                instance["instantiationState"] = json!("NOT_INSTANTIATED");
            }
            _ => {}
        }
        if let Some(members) = occurrence.as_object_mut() {
            members.shift_remove("error");
        }
        enter(&mut occurrence, "COMPLETED", None);
        let store = &self.shared.store;
        store.put(Kind::Instance, &self.instance, &instance)?;
        Ok(store.put(Kind::Operation, &self.operation, &occurrence)?)
    }
}

/// What may be modified without touching a resource; maps are merged, the rest is replaced.
fn modify(instance: &mut Value, request: &Value) {
    for name in ["vnfInstanceName", "vnfInstanceDescription"] {
        if let Some(value) = request.get(name) {
            instance[name] = value.clone();
        }
    }
    for name in ["vnfConfigurableProperties", "metadata", "extensions"] {
        if let Some(patch) = request.get(name) {
            merge(&mut instance[name], patch);
        }
    }
}

/// A JSON merge patch (RFC 7386): null takes a member away.
fn merge(target: &mut Value, patch: &Value) {
    let Some(changes) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in changes {
        if !value.is_null() {
            merge(&mut target[name], value);
        } else if let Some(members) = target.as_object_mut() {
            members.shift_remove(name);
        }
    }
}

pub(super) fn enter(occurrence: &mut Value, state: &str, problem: Option<&Problem>) {
    occurrence["operationState"] = json!(state);
    occurrence["stateEnteredTime"] = json!(now());
    if let Some(problem) = problem {
        occurrence["error"] = problem.body();
    }
}

/// What Tacker's conductor does at its start to the operations that its stop cut short.
pub(super) fn recover(shared: &Shared) -> rusqlite::Result<()> {
    for mut occurrence in shared.store.list(Kind::Operation)? {
        let to = match occurrence["operationState"].as_str() {
            Some("STARTING") => "ROLLED_BACK",
            Some("PROCESSING" | "ROLLING_BACK") => "FAILED_TEMP",
            _ => continue,
        };
        let detail = "Failure due to conductor processing error.";
        let problem = Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, detail.into());
        enter(&mut occurrence, to, Some(&problem));
        let id = occurrence["id"].as_str().unwrap_or_default().to_owned();
        shared.store.put(Kind::Operation, &id, &occurrence)?;
    }
    Ok(())
}
