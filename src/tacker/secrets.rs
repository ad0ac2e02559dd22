//! Secrets in Barbican (`/v1/secrets` of the key manager): private SSH keys, for those who may
//! read them. A payload is never in an error, a log or a file.

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::elsewhere::{Elsewhere, NOTHING, Service};
use super::{Client, Error, Kind};

const BARBICAN: Service = Service {
    kind: "key-manager",
    name: "Barbican",
};
/// Barbican's own type of a private key, by which keys are told from other secrets.
const TYPE: &str = "private";
const JSON: &str = "application/json";
/// Most that Barbican gives on a page unless its operator allows more.
const PAGE: usize = 100;

/// A secret without what is secret about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretSummary {
    /// Its UUID.
    pub id: String,
    /// Its name, which others may have too.
    pub name: String,
    /// When it was stored, as Barbican writes it (UTC).
    pub created: String,
}

#[derive(Deserialize)]
struct Page {
    secrets: Vec<Listed>,
    total: usize,
}

#[derive(Deserialize)]
struct Listed {
    secret_ref: String,
    name: Option<String>,
    #[serde(default)]
    created: String,
}

#[derive(Deserialize)]
struct Stored {
    secret_ref: String,
}

#[derive(Serialize)]
struct New<'a> {
    name: &'a str,
    secret_type: &'a str,
    payload: &'a str,
    payload_content_type: &'a str,
}

/// The person's secrets in Barbican.
pub struct Secrets<'c> {
    barbican: Elsewhere<'c>,
    /// `v1`, unless the catalog's address has it already.
    root: &'static [&'static str],
}

impl Client {
    /// Logs in for Barbican.
    ///
    /// # Errors
    /// Those of logging in; `Config` when the catalog has no key manager.
    pub async fn secrets(&self) -> Result<Secrets<'_>, Error> {
        let barbican = self.session().elsewhere(BARBICAN).await?;
        let address = barbican.url(&[]).await?;
        let versioned = address.path().trim_end_matches('/').ends_with("/v1");
        let root: &[&str] = if versioned {
            &["secrets"]
        } else {
            &["v1", "secrets"]
        };
        Ok(Secrets { barbican, root })
    }
}

impl Secrets<'_> {
    /// Stores a private key and returns its UUID.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` when there is a secret of that name: the management
    /// script finds a key by its name, which must mean one.
    pub async fn store(&self, name: &str, payload: &SecretString) -> Result<String, Error> {
        if let Some(other) = self.list(&[("name", name)]).await?.first() {
            let detail = format!("Barbican has a secret `{name}` already ({})", other.id);
            return Err(Error::plain(Kind::Conflict, detail));
        }
        let new = New {
            name,
            secret_type: TYPE,
            payload: payload.expose_secret(),
            payload_content_type: "text/plain",
        };
        let answer = self
            .barbican
            .send(Method::POST, self.root, &[], Some(&new), JSON)
            .await?;
        Ok(id_of(&answer.json::<Stored>()?.secret_ref))
    }

    /// Returns the private keys.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn keys(&self) -> Result<Vec<SecretSummary>, Error> {
        self.list(&[("secret_type", TYPE)]).await
    }

    /// Finds a secret by UUID or name, of whatever type.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound`, or `Conflict` when several have the name.
    pub async fn find(&self, reference: &str) -> Result<SecretSummary, Error> {
        if uuid::Uuid::try_parse(reference).is_ok() {
            let path = [self.root, &[reference]].concat();
            let answer = self
                .barbican
                .send(Method::GET, &path, &[], NOTHING, JSON)
                .await?;
            return Ok(answer.json::<Listed>()?.into());
        }
        let mut found = self.list(&[("name", reference)]).await?;
        match (found.pop(), found.pop()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(Error::plain(
                Kind::NotFound,
                format!("Barbican has no secret `{reference}` that this account may see"),
            )),
            (Some(one), Some(other)) => Err(Error::plain(
                Kind::Conflict,
                format!(
                    "several secrets are called `{reference}`: name one by its UUID, such as {} or {}",
                    one.id, other.id
                ),
            )),
        }
    }

    /// Reads a secret's payload, which must be text.
    ///
    /// # Errors
    /// Those of the exchange; `NotUnderstood` for bytes that are no text.
    pub async fn payload(&self, id: &str) -> Result<SecretString, Error> {
        let path = [self.root, &[id, "payload"]].concat();
        let answer = self
            .barbican
            .send(Method::GET, &path, &[], NOTHING, "text/plain")
            .await?;
        let text = std::str::from_utf8(&answer.body);
        text.map(SecretString::from).map_err(|_| {
            Error::plain(
                Kind::NotUnderstood,
                format!("secret {id} in Barbican is no text"),
            )
        })
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        let path = [self.root, &[id]].concat();
        self.barbican
            .send(Method::DELETE, &path, &[], NOTHING, JSON)
            .await?;
        Ok(())
    }

    async fn list(&self, filter: &[(&str, &str)]) -> Result<Vec<SecretSummary>, Error> {
        let mut all: Vec<SecretSummary> = Vec::new();
        loop {
            let (limit, offset) = (PAGE.to_string(), all.len().to_string());
            let query = [filter, &[("limit", limit.as_str()), ("offset", &offset)]].concat();
            let answer = self
                .barbican
                .send(Method::GET, self.root, &query, NOTHING, JSON)
                .await?;
            let page: Page = answer.json()?;
            let is_last = page.secrets.is_empty();
            all.extend(page.secrets.into_iter().map(SecretSummary::from));
            if is_last || all.len() >= page.total {
                return Ok(all);
            }
        }
    }
}

impl From<Listed> for SecretSummary {
    fn from(listed: Listed) -> Self {
        let id = id_of(&listed.secret_ref);
        Self {
            name: listed.name.unwrap_or_else(|| id.clone()),
            created: listed.created,
            id,
        }
    }
}

/// Barbican names a secret by its address, which may be another than the catalog's.
fn id_of(reference: &str) -> String {
    let path = reference.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
