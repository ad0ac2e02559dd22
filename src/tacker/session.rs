//! Who one is to Keystone, and where Tacker is.
//!
//! Authentication and the catalog are the OpenStack client library's; this adds a ticket
//! kept between runs and a renewal that works after a token was revoked, for which the
//! library needs a new authentication object.

use std::path::PathBuf;
use std::time::Duration;

use osauth::common::IdOrName;
use osauth::identity::{ApplicationCredential, Password, Token};
use osauth::{AuthType, EndpointFilters};
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::cache::{Ticket, TicketFile};
use super::cloud::{Cloud, Credentials};
use super::{Error, Kind};

/// Tacker's type in the catalog.
const SERVICE: &str = "nfv-orchestration";

/// A person's account in a cloud, authenticated when first needed.
#[derive(Debug)]
pub struct Session {
    cloud: Cloud,
    http: reqwest::Client,
    file: Option<TicketFile>,
    ticket: Mutex<Option<Ticket>>,
}

impl Session {
    /// Returns a session that is not yet authenticated.
    ///
    /// Tickets are kept in `cache` when given.
    ///
    /// # Errors
    /// The certificate authorities cannot be read.
    pub fn new(cloud: Cloud, cache: Option<PathBuf>) -> Result<Self, Error> {
        let http = http_client(&cloud)?;
        let file = cache.map(|directory| TicketFile::new(&directory, &cloud));
        let ticket = Mutex::new(file.as_ref().and_then(TicketFile::load));
        Ok(Self {
            cloud,
            http,
            file,
            ticket,
        })
    }

    /// Returns the account.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Returns a token and Tacker's address, authenticating if there is none yet.
    pub(super) async fn ticket(&self) -> Result<Ticket, Error> {
        let mut held = self.ticket.lock().await;
        if let Some(ticket) = held.as_ref() {
            return Ok(ticket.clone());
        }
        let ticket = self.authenticate().await?;
        *held = Some(ticket.clone());
        Ok(ticket)
    }

    /// Replaces `refused` by a new ticket, unless another task has done so already.
    pub(super) async fn renew(&self, refused: &Ticket) -> Result<Ticket, Error> {
        let mut held = self.ticket.lock().await;
        if let Some(ticket) = held.as_ref()
            && ticket.token.expose_secret() != refused.token.expose_secret()
        {
            return Ok(ticket.clone());
        }
        let ticket = self.authenticate().await?;
        *held = Some(ticket.clone());
        Ok(ticket)
    }

    async fn authenticate(&self) -> Result<Ticket, Error> {
        let auth = self.auth_type()?;
        let mut filters = EndpointFilters::default();
        filters.region.clone_from(&self.cloud.region);
        let endpoint = auth
            .get_endpoint(&self.http, SERVICE, &filters)
            .await
            .map_err(|e| self.refused(&e))?;
        let token = self.token(auth.as_ref()).await?;
        let ticket = Ticket { token, endpoint };
        if let Some(file) = &self.file
            && let Err(error) = file.store(&ticket)
        {
            tracing::warn!(%error, "the token cannot be kept for the next run");
        }
        Ok(ticket)
    }

    fn auth_type(&self) -> Result<Box<dyn AuthType>, Error> {
        let cloud = &self.cloud;
        let url = cloud.auth_url.as_str();
        let scope = cloud.project.as_ref().map(|project| {
            (
                IdOrName::from_name(project),
                Some(IdOrName::from_name(&cloud.project_domain)),
            )
        });
        Ok(match &cloud.credentials {
            Credentials::Password {
                user,
                user_domain,
                password,
            } => {
                let mut auth = Password::new(url, user, password.expose_secret(), user_domain)
                    .map_err(|e| self.refused(&e))?;
                if let Some((project, domain)) = scope {
                    auth.set_project_scope(project, domain);
                }
                Box::new(auth)
            }
            Credentials::ApplicationCredential { id, secret } => Box::new(
                ApplicationCredential::new(url, id, secret.expose_secret())
                    .map_err(|e| self.refused(&e))?,
            ),
            Credentials::Token(token) => {
                let mut auth =
                    Token::new(url, token.expose_secret()).map_err(|e| self.refused(&e))?;
                if let Some((project, domain)) = scope {
                    auth.set_project_scope(project, domain);
                }
                Box::new(auth)
            }
        })
    }

    /// The library gives its token only to a request, so one is made and looked into, never sent.
    async fn token(&self, auth: &dyn AuthType) -> Result<SecretString, Error> {
        let blank = self.http.request(Method::GET, self.cloud.auth_url.clone());
        let request = auth
            .authenticate(&self.http, blank)
            .await
            .map_err(|e| self.refused(&e))?
            .build()
            .map_err(|e| Error::transport(&Method::GET, &self.cloud.auth_url, &e))?;
        request
            .headers()
            .get("x-auth-token")
            .and_then(|value| value.to_str().ok())
            .map(|token| token.to_owned().into())
            .ok_or_else(|| Error::plain(Kind::NotUnderstood, "Keystone gave no token"))
    }

    fn refused(&self, error: &osauth::Error) -> Error {
        use osauth::ErrorKind as E;
        let kind = match error.kind() {
            E::AuthenticationFailed | E::AccessDenied => Kind::Auth,
            E::EndpointNotFound => Kind::Config,
            E::ProtocolError | E::OperationTimedOut => Kind::Unreachable,
            E::InternalServerError => Kind::Server,
            E::InvalidInput | E::InvalidConfig => Kind::Config,
            _ => Kind::NotUnderstood,
        };
        let detail = match kind {
            Kind::Config if error.kind() == E::EndpointNotFound => {
                format!(
                    "the catalog of cloud `{}` has no service of type {SERVICE}",
                    self.cloud.name
                )
            }
            Kind::Unreachable => format!(
                "Keystone at {} cannot be reached: {error}",
                self.cloud.auth_url
            ),
            _ => format!("Keystone at {} refuses: {error}", self.cloud.auth_url),
        };
        Error::plain(kind, detail)
    }
}

/// Redirects are off because the token would follow them to any host; a whole-request
/// limit is off because images are large, so the idle limit on reading has to do.
fn http_client(cloud: &Cloud) -> Result<reqwest::Client, Error> {
    let tls = cloud.auth_url.scheme() == "https";
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("vnfctl/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(120))
        // Reading the system's certificates takes longer than a whole plain-text exchange.
        .tls_built_in_root_certs(tls)
        .danger_accept_invalid_certs(cloud.insecure);
    if let Some(path) = &cloud.cacert {
        let pem = std::fs::read(path)
            .map_err(|e| Error::config(format!("cannot read {}: {e}", path.display())))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| {
            Error::config(format!(
                "{} is not a certificate bundle: {e}",
                path.display()
            ))
        })?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder
        .build()
        .map_err(|e| Error::config(format!("cannot set up HTTP: {e}")))
}

/// Joins a path to Tacker's address.
pub(super) fn join(endpoint: &Url, path: &str) -> Url {
    let mut url = endpoint.clone();
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(p, q)| (p, Some(q)));
    url.set_path(&format!("{}{path}", endpoint.path().trim_end_matches('/')));
    url.set_query(query);
    url
}
