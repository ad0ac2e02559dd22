//! Asks Tacker for an operation so that it is asked for once: looks first, locks, writes it down,
//! sends it, and finds out what became of it where the answer was lost.
//!
//! What an earlier run left open is found out before anything new is asked. The same request is
//! not made again when the earlier one arrived.

use std::collections::HashSet;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde_json::Value;

use super::journal::{Asking, Entry, Journal, NEVER_ARRIVED, REFUSED, Standing};
use super::{Error, Observed, State, VnfLock, Vnfm, guard, retry_while_busy};
use crate::tacker::{Error as ApiError, Kind};

/// How long Tacker may hold a VNF after an operation while it tells its subscribers.
pub(super) const BUSY_PATIENCE: Duration = Duration::from_secs(30);

/// How long a request that nobody hears of may yet arrive.
pub(super) const IN_FLIGHT: Duration = Duration::from_secs(10);

/// Time between two looks for it.
const LOOK: Duration = Duration::from_millis(250);

/// An operation that Tacker accepted; this program's lock on the VNF is held as long as this lives.
#[derive(Debug)]
pub struct Submitted {
    /// The occurrence's id.
    pub op: String,
    /// The VNF's id.
    pub vnf: String,
    /// What the person should know of earlier runs, in whole sentences.
    pub notes: Vec<String>,
    _lock: VnfLock,
}

/// Where the journal is, and which server its entries are to be of.
#[derive(Debug)]
pub(super) struct Journaling {
    pub(super) path: Utf8PathBuf,
    /// Nothing where the server is the one of the account.
    pub(super) server: Option<String>,
}

/// What became of what an earlier run asked.
#[derive(Debug)]
pub enum Fate {
    /// Tacker has this occurrence of it.
    Arrived(Box<Observed>),
    /// The VNF's record was made, and has no operation yet.
    Made(String),
    /// What it led to has an entry of its own.
    Settled,
    /// Tacker never got it, or no longer has it.
    NeverArrived,
}

impl Vnfm {
    /// Opens the journal, where one is kept.
    pub(super) async fn journal(&self) -> Result<Option<&Journal>, Error> {
        let Some(journaling) = &self.journaling else {
            return Ok(None);
        };
        if let Some(open) = self.open_journal.get() {
            return Ok(Some(open));
        }
        let server = match &journaling.server {
            Some(server) => server.clone(),
            None => {
                let project = self.client.session().cloud().project.clone();
                let endpoint = self.client.endpoint().await?;
                format!("{endpoint} {}", project.unwrap_or_default())
            }
        };
        let journal = Journal::open(&journaling.path, &server)?;
        Ok(Some(self.open_journal.get_or_init(|| journal)))
    }

    /// Scale and heal are accepted while another operation runs and then hang in STARTING
    /// (`sol_refactored/controller/vnflcm_v2.py`), so every operation looks before it leaps.
    pub(super) async fn submit<F, Fut>(
        &self,
        asking: Asking<'_>,
        request: F,
    ) -> Result<Submitted, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<String, ApiError>>,
    {
        let lock = VnfLock::acquire(&self.locks, asking.vnf)?;
        let Some(journal) = self.journal().await? else {
            let open: Vec<Observed> = self.client.occurrences(Some(asking.vnf)).await?;
            guard(asking.vnf, &open)?;
            let op = retry_while_busy(BUSY_PATIENCE, request).await?;
            return Ok(Submitted {
                op,
                vnf: asking.vnf.to_owned(),
                notes: Vec::new(),
                _lock: lock,
            });
        };
        let mut notes = Vec::new();
        if let Some(op) = self.catch_up(journal, &asking, &mut notes).await? {
            return Ok(Submitted {
                op,
                vnf: asking.vnf.to_owned(),
                notes,
                _lock: lock,
            });
        }
        let seen: Vec<Observed> = self.client.occurrences(Some(asking.vnf)).await?;
        guard(asking.vnf, &seen)?;
        let known: Vec<String> = seen.into_iter().map(|one| one.id).collect();
        let id = journal.ask(&asking, &known, None)?;
        let op = match retry_while_busy(BUSY_PATIENCE, request).await {
            Ok(op) => op,
            Err(error) if error.is_unsent || !is_lost(&error) => {
                journal.over(id, REFUSED)?;
                return Err(error.into());
            }
            Err(error) => self.found(journal, id, asking.summary, error).await?,
        };
        journal.accepted(id, &op)?;
        Ok(Submitted {
            op,
            vnf: asking.vnf.to_owned(),
            notes,
            _lock: lock,
        })
    }

    /// Finds out what earlier runs left open of the VNF; returns the occurrence of an earlier run's
    /// request that was the same as the one that is to be made now.
    async fn catch_up(
        &self,
        journal: &Journal,
        asking: &Asking<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Option<String>, Error> {
        let digest = asking.digest();
        let open = journal.open_entries()?;
        let of_vnf = open
            .iter()
            .filter(|one| one.vnf_instance_id == asking.vnf && one.operation != "CREATE");
        let mut same = None;
        for entry in of_vnf {
            let (what, fate) = (&entry.summary, self.fate(entry).await?);
            let Fate::Arrived(seen) = fate else {
                if entry.standing == Standing::Asked {
                    notes.push(format!("`{what}` of an earlier run never reached Tacker"));
                }
                continue;
            };
            let is_same = entry.operation == asking.operation && entry.digest == digest;
            let is_undone = matches!(seen.state, State::Failed | State::RolledBack);
            let (op, state) = (&seen.id, seen.state);
            match entry.standing {
                Standing::Told | Standing::Over => {}
                _ if is_same && !is_undone => {
                    notes.push(format!(
                        "an earlier run had asked for this already: operation {op} is {state}, and is not repeated"
                    ));
                    same = Some(seen.id);
                }
                _ if state.is_final() => {
                    notes.push(format!(
                        "`{what}` of an earlier run ended in {state} (operation {op})"
                    ));
                }
                _ => {}
            }
        }
        Ok(same)
    }

    /// Finds out what became of what an earlier run asked, and writes that down.
    ///
    /// # Errors
    /// Those of the exchange, and of the journal.
    pub(super) async fn fate(&self, entry: &Entry) -> Result<Fate, Error> {
        let Some(journal) = self.journal().await? else {
            return Ok(Fate::NeverArrived);
        };
        let op = match (&entry.op, entry.operation.as_str()) {
            (_, "CREATE") => return self.fate_of_record(journal, entry).await,
            (Some(op), _) => Some(op.clone()),
            (None, _) => self.wait_for(entry).await?,
        };
        let Some(op) = op else {
            journal.over(entry.id, NEVER_ARRIVED)?;
            return Ok(Fate::NeverArrived);
        };
        match self.client.occurrence::<Value>(&op).await {
            // What was to be retried and the like is as it was before that was asked.
            Ok(seen) if entry.standing == Standing::Asked && is_untouched(entry, &seen) => {
                journal.over(entry.id, NEVER_ARRIVED)?;
                Ok(Fate::NeverArrived)
            }
            Ok(seen) => {
                let seen: Observed = serde_json::from_value(seen).map_err(|error| {
                    Error::Invalid(format!("operation {op} is not understood: {error}"))
                })?;
                if entry.standing == Standing::Asked {
                    journal.accepted(entry.id, &op)?;
                }
                if seen.state.is_final() {
                    journal.ended(&op, &seen.state.to_string())?;
                }
                Ok(Fate::Arrived(Box::new(seen)))
            }
            // Deleted with its VNF, or its database.
            Err(error) if error.kind == Kind::NotFound => {
                journal.over(entry.id, "GONE")?;
                Ok(Fate::NeverArrived)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn fate_of_record(&self, journal: &Journal, entry: &Entry) -> Result<Fate, Error> {
        let name = &entry.vnf_instance_name;
        let made = self.wait_until_sure(entry, async || self.record(name).await);
        let Some(vnf) = made.await? else {
            journal.over(entry.id, NEVER_ARRIVED)?;
            return Ok(Fate::NeverArrived);
        };
        let seen: Vec<Observed> = self.client.occurrences(Some(&vnf)).await?;
        if !seen.is_empty() {
            journal.over(entry.id, "COMPLETED")?;
            return Ok(Fate::Settled);
        }
        journal.accepted(entry.id, &vnf)?;
        Ok(Fate::Made(vnf))
    }

    /// The id of the VNF of that name.
    async fn record(&self, name: &str) -> Result<Option<String>, ApiError> {
        let all = self.client.instances().await?;
        Ok(all
            .into_iter()
            .find(|vnf| vnf.label() == name)
            .map(|vnf| vnf.id))
    }

    /// Looks for the occurrence of a request of which no answer is known, until it must have come.
    async fn wait_for(&self, entry: &Entry) -> Result<Option<String>, Error> {
        let known: HashSet<&String> = entry.known.iter().collect();
        self.wait_until_sure(entry, async || {
            let seen: Vec<Observed> = self
                .client
                .occurrences(Some(&entry.vnf_instance_id))
                .await?;
            let new = seen.into_iter().find(|one| {
                !known.contains(&one.id) && one.operation.to_string() == entry.operation
            });
            Ok(new.map(|one| one.id))
        })
        .await
    }

    /// Looks until there is something, or what was asked can no longer be on its way.
    async fn wait_until_sure(
        &self,
        entry: &Entry,
        look: impl AsyncFn() -> Result<Option<String>, ApiError>,
    ) -> Result<Option<String>, Error> {
        loop {
            // Taken before the look, so that the last look comes after the last moment.
            let age = Timestamp::now().duration_since(entry.asked_at);
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            // A clock that was set back must not make this wait long.
            if age.is_negative() || age.unsigned_abs() >= IN_FLIGHT {
                return Ok(None);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Finds the occurrence of a request whose answer was lost.
    async fn found(
        &self,
        journal: &Journal,
        id: i64,
        summary: &str,
        error: ApiError,
    ) -> Result<String, Error> {
        let open = journal.open_entries()?;
        let Some(mut entry) = open.into_iter().find(|entry| entry.id == id) else {
            return Err(error.into());
        };
        if error.status.is_some() {
            // Whoever answers has done what it will do: one look is enough.
            entry.asked_at = Timestamp::UNIX_EPOCH;
        }
        let unknown = |error: ApiError| Error::Unknown {
            what: summary.to_owned(),
            source: error,
        };
        match self.wait_for(&entry).await {
            Ok(Some(op)) => Ok(op),
            Ok(None) => {
                journal.over(id, NEVER_ARRIVED)?;
                Err(error.into())
            }
            // Whoever asks next finds out.
            Err(_) => Err(unknown(error)),
        }
    }

    /// Makes a VNF's record, and finds it where the answer was lost; returns its id and the entry.
    pub(super) async fn make_record(
        &self,
        vnfd_id: &str,
        name: &str,
    ) -> Result<(String, Option<i64>), Error> {
        let Some(journal) = self.journal().await? else {
            return Ok((self.client.create_instance(vnfd_id, name).await?.id, None));
        };
        let asking = Asking {
            vnf: "",
            name,
            operation: "CREATE",
            summary: &format!("create {name}"),
            request: &Value::from(vnfd_id),
        };
        let id = journal.ask(&asking, &[], None)?;
        let made = match self.client.create_instance(vnfd_id, name).await {
            Ok(vnf) => vnf.id,
            Err(error) if is_lost(&error) && !error.is_unsent => match self.record(name).await {
                Ok(Some(vnf)) => vnf,
                // It may yet be on its way: whoever asks next finds out.
                _ if error.kind == Kind::Unreachable => {
                    return Err(Error::Unknown {
                        what: asking.summary.to_owned(),
                        source: error,
                    });
                }
                _ => {
                    journal.over(id, REFUSED)?;
                    return Err(error.into());
                }
            },
            Err(error) => {
                journal.over(id, REFUSED)?;
                return Err(error.into());
            }
        };
        journal.accepted(id, &made)?;
        Ok((made, Some(id)))
    }

    /// Finds the record that an earlier run made for the same VNF and left without resources;
    /// returns its entry.
    pub(super) async fn left_record(
        &self,
        vnf: &str,
        vnfd_id: &str,
        name: &str,
    ) -> Result<Option<i64>, Error> {
        let Some(journal) = self.journal().await? else {
            return Ok(None);
        };
        let same = Asking {
            vnf: "",
            name,
            operation: "CREATE",
            summary: "",
            request: &Value::from(vnfd_id),
        };
        let open = journal.open_entries()?;
        let entry = open.iter().find(|entry| {
            entry.operation == "CREATE"
                && entry.vnf_instance_name == name
                && entry.digest == same.digest()
                && entry.op.as_deref().is_none_or(|op| op == vnf)
        });
        match entry {
            Some(entry) => match self.fate(entry).await? {
                Fate::Made(id) if id == vnf => Ok(Some(entry.id)),
                _ => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// Tells whether an earlier run asked for the same of the VNF, and nobody was told of the end.
    pub(super) async fn is_left_open(&self, asking: &Asking<'_>) -> Result<bool, Error> {
        let Some(journal) = self.journal().await? else {
            return Ok(false);
        };
        let digest = asking.digest();
        let open = journal.open_entries()?;
        Ok(open.iter().any(|entry| {
            entry.vnf_instance_id == asking.vnf
                && entry.operation == asking.operation
                && entry.digest == digest
                && entry.standing != Standing::Told
        }))
    }

    /// What earlier runs left open on this server, in the order in which it was asked.
    ///
    /// # Errors
    /// Those of the journal, and of logging in.
    pub async fn left_open(&self) -> Result<Vec<Entry>, Error> {
        match self.journal().await? {
            Some(journal) => Ok(journal.open_entries()?),
            None => Ok(Vec::new()),
        }
    }

    /// All that was asked of this server, the newest first.
    ///
    /// # Errors
    /// Those of the journal, and of logging in.
    pub async fn history(&self) -> Result<Vec<Entry>, Error> {
        match self.journal().await? {
            Some(journal) => Ok(journal.history()?),
            None => Ok(Vec::new()),
        }
    }

    /// Finds out what became of an entry; nothing while another process is at its VNF.
    ///
    /// # Errors
    /// Those of the exchange, and of the journal.
    pub async fn take_up(&self, entry: &Entry) -> Result<Option<Fate>, Error> {
        let vnf = &entry.vnf_instance_id;
        // A record that is being made has no id, and so no lock.
        let lock = match vnf.is_empty() {
            true => None,
            false => match VnfLock::acquire(&self.locks, vnf) {
                Err(super::LockError::Held { .. }) => return Ok(None),
                lock => Some(lock?),
            },
        };
        let fate = self.fate(entry).await;
        drop(lock);
        fate.map(Some)
    }

    /// Notes that the person was told of an occurrence, and left it.
    ///
    /// # Errors
    /// Those of the journal, and of logging in.
    pub async fn told(&self, op: &str) -> Result<(), Error> {
        match self.journal().await? {
            Some(journal) => Ok(journal.told(op)?),
            None => Ok(()),
        }
    }
}

/// Tells whether an occurrence is in the state in which it was when something was asked of it.
fn is_untouched(entry: &Entry, seen: &Value) -> bool {
    let entered = seen["stateEnteredTime"].as_str().unwrap_or_default();
    entry.op.is_some()
        && seen["operationState"] == "FAILED_TEMP"
        && entry.known.iter().any(|known| known == entered)
}

/// Tells whether a request may have been carried out in spite of its error; one that reads is worth
/// another.
#[must_use]
pub fn is_lost(error: &ApiError) -> bool {
    matches!(
        error.kind,
        Kind::Unreachable | Kind::Server | Kind::NotUnderstood
    )
}
