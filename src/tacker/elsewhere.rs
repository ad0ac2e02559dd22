//! Requests to services of the cloud that the OpenStack crate has no types for.

use osauth::services::ServiceType;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::exchange::Exchange;
use super::{Error, Kind, Session};

/// Longest that such a service may take to answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A service as the catalog has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Its type in the catalog.
    pub(super) kind: &'static str,
    /// What people call it.
    pub(super) name: &'static str,
}

impl ServiceType for Service {
    fn catalog_type(&self) -> &'static str {
        self.kind
    }

    // What is wanted of the catalog's address is that address: discovery would cut off what
    // some have behind the version, such as the project.
    fn version_discovery_supported(&self) -> bool {
        false
    }
}

/// A service and a session with the cloud.
pub(super) struct Elsewhere<'s> {
    session: &'s Session,
    library: osauth::Session,
    service: Service,
}

/// An answer that is a success.
pub(super) struct Answered {
    pub(super) body: bytes::Bytes,
    method: Method,
    url: Url,
    service: Service,
}

impl Answered {
    /// Reads the body as `T`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|e| {
            // serde's text may quote the body, and some bodies are secrets: the place must do.
            let detail = format!(
                "{}'s answer is not what its API promises (line {}, column {})",
                self.service.name,
                e.line(),
                e.column()
            );
            Error::plain(Kind::NotUnderstood, detail).of(&self.method, &self.url)
        })
    }
}

impl Session {
    /// Logs in to the cloud for one of its other services.
    ///
    /// # Errors
    /// Those of logging in; `Config` when the catalog does not have it.
    pub(super) async fn elsewhere(&self, service: Service) -> Result<Elsewhere<'_>, Error> {
        let library = self.library().await?;
        let elsewhere = Elsewhere {
            session: self,
            library,
            service,
        };
        elsewhere.url(&[]).await?;
        Ok(elsewhere)
    }
}

impl Elsewhere<'_> {
    /// Returns the address of `path` at the service.
    pub(super) async fn url(&self, path: &[&str]) -> Result<Url, Error> {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let found = self.library.get_endpoint(self.service, path).await;
        found.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &osauth::Error) -> Error {
        if error.kind() != osauth::ErrorKind::EndpointNotFound {
            return self.session.refused(error);
        }
        let cloud = &self.session.cloud().name;
        let Service { kind, name } = self.service;
        Error::config(format!(
            "the catalog of cloud `{cloud}` has no service of type {kind} ({name})"
        ))
    }

    /// Sends one request; `accept` is the type of answer that is wanted.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&(impl Serialize + Sync)>,
        accept: &'static str,
    ) -> Result<Answered, Error> {
        let url = self.url(path).await?;
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let mut request = self
            .library
            .request(self.service, method.clone(), path)
            .query(query)
            .header("Accept", accept)
            .timeout(PATIENCE);
        if let Some(body) = body {
            request = request.json(body);
        }
        let told = Exchange::begin(&method, &url, None);
        let answer = request.send_unchecked().await;
        let answer = answer.map_err(|error| {
            told.failed(&error);
            self.refused(&error)
        })?;
        let status = answer.status();
        let headers = answer.headers().clone();
        let body = answer
            .bytes()
            .await
            .map_err(|error| Error::transport(&method, &url, &error))?;
        told.answered(status, &headers, &body);
        if !status.is_success() {
            return Err(Error::answer(&method, &url, status, None, &body));
        }
        Ok(Answered {
            body,
            method,
            url,
            service: self.service,
        })
    }
}

/// For requests without a body, whose type has to be something.
pub(super) const NOTHING: Option<&()> = None;
