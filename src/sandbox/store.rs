//! The sandbox's state in SQLite: documents by kind and id, and the tokens that are alive.

use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::Utf8Path;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS document (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS token (id TEXT PRIMARY KEY, expires INTEGER NOT NULL);";

/// What a document is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A VnfPkgInfo (SOL003 §10.5.2.2).
    Package,
    /// A VnfInstance (SOL003 §5.5.2.2).
    Instance,
    /// A VnfLcmOpOcc (SOL003 §5.5.2.13).
    Operation,
    /// A VIM of the legacy API.
    Vim,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Instance => "instance",
            Self::Operation => "operation",
            Self::Vim => "vim",
        }
    }
}

pub(super) struct Store(Mutex<Connection>);

impl Store {
    /// Opens the file, or memory.
    pub(super) fn open(file: Option<&Utf8Path>) -> Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    // A panic elsewhere leaves SQLite itself consistent, so the lock's poison is no news.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, kind: Kind, id: &str, body: &Value) -> Result<()> {
        self.connection().execute(
            "INSERT OR REPLACE INTO document VALUES (?, ?, ?)",
            params![kind.name(), id, body.to_string()],
        )?;
        Ok(())
    }

    pub(super) fn get(&self, kind: Kind, id: &str) -> Result<Option<Value>> {
        let sql = "SELECT body FROM document WHERE kind = ? AND id = ?";
        self.connection()
            .query_row(sql, params![kind.name(), id], document)
            .optional()
    }

    /// All documents of a kind, by id as Tacker orders them.
    pub(super) fn list(&self, kind: Kind) -> Result<Vec<Value>> {
        let connection = self.connection();
        let mut query =
            connection.prepare("SELECT body FROM document WHERE kind = ? ORDER BY id")?;
        query.query_map([kind.name()], document)?.collect()
    }

    /// So many documents of a kind that come after the one of that id.
    pub(super) fn after(&self, kind: Kind, id: &str, count: u32) -> Result<Vec<Value>> {
        let connection = self.connection();
        let sql = "SELECT body FROM document WHERE kind = ? AND id > ? ORDER BY id LIMIT ?";
        let mut query = connection.prepare(sql)?;
        query
            .query_map(params![kind.name(), id, count], document)?
            .collect()
    }

    pub(super) fn delete(&self, kind: Kind, id: &str) -> Result<()> {
        let sql = "DELETE FROM document WHERE kind = ? AND id = ?";
        self.connection().execute(sql, params![kind.name(), id])?;
        Ok(())
    }

    /// Remembers a token until `expires` (Unix seconds).
    pub(super) fn issue(&self, token: &str, expires: i64) -> Result<()> {
        let sql = "INSERT INTO token VALUES (?, ?)";
        self.connection()
            .execute(sql, params![digest(token), expires])?;
        Ok(())
    }

    /// When a known token that is alive at `now` expires (both Unix seconds).
    pub(super) fn expiry(&self, token: &str, now: i64) -> Result<Option<i64>> {
        let sql = "SELECT expires FROM token WHERE id = ? AND expires > ?";
        self.connection()
            .query_row(sql, params![digest(token), now], |row| row.get(0))
            .optional()
    }

    pub(super) fn revoke(&self, token: &str) -> Result<()> {
        self.connection()
            .execute("DELETE FROM token WHERE id = ?", [digest(token)])?;
        Ok(())
    }
}

/// What is kept of a token: the file may be readable by others, the token must not be.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

fn document(row: &Row<'_>) -> Result<Value> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text)
        .map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}
