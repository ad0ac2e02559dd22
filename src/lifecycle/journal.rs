//! What this program asked of VNFs, written down before it is asked: after a crash or a lost answer
//! the next command knows what to look for.
//!
//! One SQLite file for all servers of a person. What a request said is not in it, for that may be a
//! secret; its digest is, which tells a request that is made again from another one.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How many entries are kept of what is over.
const KEPT: i64 = 10_000;

/// How long another process may write.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS entry (
  id INTEGER PRIMARY KEY,
  server TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  vnf TEXT NOT NULL,
  name TEXT NOT NULL,
  operation TEXT NOT NULL,
  summary TEXT NOT NULL,
  digest TEXT NOT NULL,
  known TEXT NOT NULL,
  op TEXT,
  standing TEXT NOT NULL,
  outcome TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS entry_open ON entry (server, standing) WHERE standing <> 'over';";

const COLUMNS: &str =
    "id, asked_at, vnf, name, operation, summary, digest, known, op, standing, outcome";

/// Why the journal cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the journal of operations `{path}`")]
pub struct JournalError {
    /// Its file.
    pub path: Utf8PathBuf,
    /// Why not.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How far this program knows what became of what it asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It was about to be asked; whether it was, and the answer, is not known.
    Asked,
    /// Tacker took it, and nobody was told of its end.
    Accepted,
    /// Tacker took it, and the person was told so and left it.
    Told,
    /// Its end is known.
    Over,
}

impl Standing {
    const ALL: [Self; 4] = [Self::Asked, Self::Accepted, Self::Told, Self::Over];

    /// Names it as the file does.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Told => "told",
            Self::Over => "over",
        }
    }
}

/// What came of a request that Tacker did not carry out.
pub const NEVER_ARRIVED: &str = "NEVER_ARRIVED";
/// The same of one that it refused.
pub const REFUSED: &str = "REFUSED";

/// What is about to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The VNF's id; empty while its record is being made.
    pub vnf: &'a str,
    /// The VNF's name.
    pub name: &'a str,
    /// The operation as Tacker names it, or `CREATE`, `RETRY`, `ROLLBACK` or `FAIL`.
    pub operation: &'a str,
    /// The whole in words.
    pub summary: &'a str,
    /// What tells it from another of its kind; only a digest of it is kept.
    pub request: &'a Value,
}

impl Asking<'_> {
    pub(super) fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.request.to_string()))
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The VNF's id; empty where its record was being made.
    pub vnf_instance_id: String,
    /// The VNF's name.
    pub vnf_instance_name: String,
    /// The operation as Tacker names it, or `CREATE`, `RETRY`, `ROLLBACK` or `FAIL`.
    pub operation: String,
    /// The whole in words.
    pub summary: String,
    #[serde(skip)]
    pub(super) digest: String,
    /// What there was before: occurrences of the VNF; of one that is to be retried and the like,
    /// when it came into its state.
    #[serde(skip)]
    pub(super) known: Vec<String>,
    /// The occurrence, or the record that was made.
    pub op: Option<String>,
    /// How far it is known what became of it.
    pub standing: Standing,
    /// What became of it: the occurrence's final state, [`REFUSED`] or [`NEVER_ARRIVED`].
    pub outcome: Option<String>,
}

/// The journal, as far as it is about one server.
#[derive(Debug)]
pub struct Journal {
    path: Utf8PathBuf,
    server: String,
    connection: Mutex<Connection>,
}

impl Journal {
    /// Opens the file, which is made when it is missing; `server` tells servers apart.
    ///
    /// # Errors
    /// The file cannot be made, read or understood.
    pub fn open(path: &Utf8Path, server: &str) -> Result<Self, JournalError> {
        let connection = connect(path).map_err(|source| JournalError {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            server: server.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    // A panic elsewhere leaves SQLite itself consistent, so the lock's poison is no news.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> impl FnOnce(rusqlite::Error) -> JournalError {
        |source| JournalError {
            path: self.path.clone(),
            source: source.into(),
        }
    }

    /// Writes down what is about to be asked; `op` where it is about an occurrence that there is.
    /// On return it is on the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn ask(
        &self,
        asking: &Asking<'_>,
        known: &[String],
        op: Option<&str>,
    ) -> Result<i64, JournalError> {
        self.write(asking, known, op).map_err(self.failed())
    }

    fn write(
        &self,
        asking: &Asking<'_>,
        known: &[String],
        op: Option<&str>,
    ) -> rusqlite::Result<i64> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO entry (server, asked_at, vnf, name, operation, summary, digest, known, op, standing)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'asked')",
            params![
                self.server,
                Timestamp::now().to_string(),
                asking.vnf,
                asking.name,
                asking.operation,
                asking.summary,
                asking.digest(),
                known.join(" "),
                op,
            ],
        )?;
        let id = transaction.last_insert_rowid();
        let over = "DELETE FROM entry WHERE standing = 'over' AND id <= ?";
        transaction.execute(over, [id - KEPT])?;
        transaction.commit()?;
        Ok(id)
    }

    /// Notes that Tacker took it as `op`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn accepted(&self, id: i64, op: &str) -> Result<(), JournalError> {
        let sql = "UPDATE entry SET standing = 'accepted', op = ? WHERE id = ?";
        let done = self.connection().execute(sql, params![op, id]);
        done.map(|_| ()).map_err(self.failed())
    }

    /// Notes that the person was told of `op` and left it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn told(&self, op: &str) -> Result<(), JournalError> {
        let sql =
            "UPDATE entry SET standing = 'told' WHERE server = ? AND op = ? AND standing <> 'over'";
        let done = self.connection().execute(sql, params![self.server, op]);
        done.map(|_| ()).map_err(self.failed())
    }

    /// Notes what became of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn over(&self, id: i64, outcome: &str) -> Result<(), JournalError> {
        let sql = "UPDATE entry SET standing = 'over', outcome = ? WHERE id = ?";
        let done = self.connection().execute(sql, params![outcome, id]);
        done.map(|_| ()).map_err(self.failed())
    }

    /// Notes the final state of an occurrence with all that led to it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn ended(&self, op: &str, outcome: &str) -> Result<(), JournalError> {
        let sql = "UPDATE entry SET standing = 'over', outcome = ?
                   WHERE server = ? AND op = ? AND standing <> 'over'";
        let values = params![outcome, self.server, op];
        let done = self.connection().execute(sql, values);
        done.map(|_| ()).map_err(self.failed())
    }

    /// What is not known to be over, in the order in which it was asked.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open_entries(&self) -> Result<Vec<Entry>, JournalError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entry WHERE server = ? AND standing <> 'over' ORDER BY id"
        );
        self.entries(&sql)
    }

    /// All entries, the newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn history(&self) -> Result<Vec<Entry>, JournalError> {
        self.entries(&format!(
            "SELECT {COLUMNS} FROM entry WHERE server = ? ORDER BY id DESC"
        ))
    }

    fn entries(&self, sql: &str) -> Result<Vec<Entry>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Entry>> {
            let connection = self.connection();
            let mut query = connection.prepare(sql)?;
            query.query_map([&self.server], entry)?.collect()
        };
        read().map_err(self.failed())
    }
}

fn connect(path: &Utf8Path) -> Result<Connection, Box<dyn std::error::Error + Send + Sync>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // SQLite would make it readable for everybody.
    let made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        Ok(_) => {}
        Err(_) => std::fs::set_permissions(path, Permissions::from_mode(0o600))?,
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    // A power cut loses nothing that was committed.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let wrong = |at, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error)
    };
    let asked_at: String = row.get(1)?;
    let known: String = row.get(7)?;
    let standing: String = row.get(9)?;
    let standing = Standing::ALL
        .into_iter()
        .find(|one| one.name() == standing)
        .ok_or_else(|| wrong(9, format!("no standing `{standing}`").into()))?;
    Ok(Entry {
        id: row.get(0)?,
        asked_at: asked_at
            .parse()
            .map_err(|error: jiff::Error| wrong(1, error.into()))?,
        vnf_instance_id: row.get(2)?,
        vnf_instance_name: row.get(3)?,
        operation: row.get(4)?,
        summary: row.get(5)?,
        digest: row.get(6)?,
        known: known.split_whitespace().map(str::to_owned).collect(),
        op: row.get(8)?,
        standing,
        outcome: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asking<'a>(vnf: &'a str, request: &'a Value) -> Asking<'a> {
        Asking {
            vnf,
            name: "web1",
            operation: "SCALE",
            summary: "scale web1 out by 1",
            request,
        }
    }

    #[test]
    fn what_was_asked_is_found_by_the_next_process_and_by_no_other_server() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(scratch.path())
            .unwrap()
            .join("a/journal.db");
        let request = json!({"password": "hunter2"});
        let known = ["op-1".to_owned(), "op-2".to_owned()];
        let journal = Journal::open(&path, "here").unwrap();
        let id = journal
            .ask(&asking("vnf-1", &request), &known, None)
            .unwrap();
        // Not closed: as after a kill.
        std::mem::forget(journal);

        let journal = Journal::open(&path, "here").unwrap();
        let open = journal.open_entries().unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].id, open[0].standing), (id, Standing::Asked));
        assert_eq!(open[0].known, known);
        assert_eq!(open[0].digest, asking("x", &request).digest());
        let elsewhere = Journal::open(&path, "there").unwrap();
        assert_eq!(elsewhere.history().unwrap(), []);
        let bytes = std::fs::read(&path).unwrap();
        let needle = b"hunter2";
        assert!(!bytes.windows(needle.len()).any(|at| at == needle));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_end_closes_all_that_led_to_it() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(scratch.path())
            .unwrap()
            .join("journal.db");
        let journal = Journal::open(&path, "here").unwrap();
        let request = json!({});
        let first = journal.ask(&asking("vnf-1", &request), &[], None).unwrap();
        journal.accepted(first, "op-1").unwrap();
        journal.told("op-1").unwrap();
        journal
            .ask(&asking("vnf-1", &request), &[], Some("op-1"))
            .unwrap();
        assert_eq!(journal.open_entries().unwrap().len(), 2);
        journal.ended("op-1", "COMPLETED").unwrap();
        assert_eq!(journal.open_entries().unwrap(), []);
        let outcomes = journal
            .history()
            .unwrap()
            .into_iter()
            .map(|one| one.outcome);
        assert!(outcomes.eq([Some("COMPLETED".to_owned()), Some("COMPLETED".to_owned())]));
        // A late word does not open it again.
        journal.told("op-1").unwrap();
        assert_eq!(journal.open_entries().unwrap(), []);
    }
}
