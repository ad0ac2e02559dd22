//! Who one is to Keystone, and where Tacker is.
//!
//! Authentication and the catalog are the OpenStack client library's; this adds a ticket
//! kept between runs and a renewal that works after a token was revoked, for which the
//! library needs a new authentication object.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use osauth::common::IdOrName;
use osauth::identity::{ApplicationCredential, Password, Token};
use osauth::{AuthType, InterfaceType};
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::cache::{Ticket, TicketFile};
use super::cloud::{Cloud, Credentials, Interface};
use super::{Error, Kind, exchange};

/// Tacker's type in the catalog.
const SERVICE: &str = "nfv-orchestration";
/// Longest that Keystone may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person's account in a cloud, authenticated when first needed.
#[derive(Debug)]
pub struct Session {
    cloud: Cloud,
    plain: reqwest::Client,
    /// Made when first needed: reading the system's certificates takes longer than a whole
    /// plain-text exchange.
    tls: OnceLock<reqwest::Client>,
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
        let plain = http_client(&cloud, false)?;
        let file = cache.map(|directory| TicketFile::new(&directory, &cloud));
        let ticket = Mutex::new(file.as_ref().and_then(TicketFile::load));
        Ok(Self {
            cloud,
            plain,
            tls: OnceLock::new(),
            file,
            ticket,
        })
    }

    /// Returns the account.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Returns the HTTP stack for `url`: catalogs mix addresses with and without TLS.
    pub(super) fn http(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        if url.scheme() != "https" {
            return Ok(&self.plain);
        }
        if let Some(made) = self.tls.get() {
            return Ok(made);
        }
        let made = http_client(&self.cloud, true)?;
        Ok(self.tls.get_or_init(|| made))
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
        let http = self.http(&self.cloud.auth_url)?;
        let both = async {
            let sdk = self.log_in(http).await?;
            let endpoint = sdk
                .auth_type()
                .get_endpoint(http, SERVICE, sdk.endpoint_filters())
                .await
                .map_err(|e| self.refused(&e))?;
            Ok((self.token(http, sdk.auth_type()).await?, endpoint))
        };
        let (token, endpoint) = tokio::time::timeout(PATIENCE, both)
            .await
            .unwrap_or_else(|_| Err(self.silent()))?;
        let ticket = Ticket { token, endpoint };
        if let Some(file) = &self.file
            && let Err(error) = file.store(&ticket)
        {
            tracing::warn!(%error, "the token cannot be kept for the next run");
        }
        Ok(ticket)
    }

    /// Returns the client library's own session, freshly authenticated: for its catalog and
    /// for the cloud's other services, which only some commands ask.
    pub(super) async fn library(&self) -> Result<osauth::Session, Error> {
        // These services' addresses are only known afterwards, so TLS must be at hand.
        let http = match self.tls.get() {
            Some(made) => made.clone(),
            None => http_client(&self.cloud, true)?,
        };
        tokio::time::timeout(PATIENCE, self.log_in(&http))
            .await
            .unwrap_or_else(|_| Err(self.silent()))
    }

    async fn log_in(&self, http: &reqwest::Client) -> Result<osauth::Session, Error> {
        let cloud = &self.cloud;
        let url = cloud.auth_url.as_str();
        let refused = |e: osauth::Error| self.refused(&e);
        let scope = match (&cloud.project_id, &cloud.project) {
            (Some(id), _) => Some((IdOrName::from_id(id), None)),
            (None, Some(name)) => {
                let domain = IdOrName::from_name(&cloud.project_domain);
                Some((IdOrName::from_name(name), Some(domain)))
            }
            (None, None) => None,
        };
        let began = std::time::Instant::now();
        let session = match &cloud.credentials {
            Credentials::Password {
                user,
                user_domain,
                password,
            } => {
                let mut auth = Password::new(url, user, password.expose_secret(), user_domain)
                    .map_err(refused)?;
                if let Some((project, domain)) = scope {
                    auth.set_project_scope(project, domain);
                }
                osauth::Session::new_with_client(http.clone(), auth).await
            }
            Credentials::ApplicationCredential { id, secret } => {
                let auth =
                    ApplicationCredential::new(url, id, secret.expose_secret()).map_err(refused)?;
                osauth::Session::new_with_client(http.clone(), auth).await
            }
            Credentials::Token(token) => {
                let mut auth = Token::new(url, token.expose_secret()).map_err(refused)?;
                if let Some((project, domain)) = scope {
                    auth.set_project_scope(project, domain);
                }
                osauth::Session::new_with_client(http.clone(), auth).await
            }
        }
        .map_err(refused);
        exchange::logged_in(&cloud.auth_url, began, session.is_ok());
        let mut session = session?;
        if let Some(region) = &cloud.region {
            session.set_region(region);
        }
        session.set_endpoint_interface(match cloud.interface {
            Interface::Public => InterfaceType::Public,
            Interface::Internal => InterfaceType::Internal,
            Interface::Admin => InterfaceType::Admin,
        });
        Ok(session)
    }

    /// The library gives its token only to a request, so one is made and looked into, never sent.
    async fn token(
        &self,
        http: &reqwest::Client,
        auth: &dyn AuthType,
    ) -> Result<SecretString, Error> {
        let blank = http.request(Method::GET, self.cloud.auth_url.clone());
        let request = auth
            .authenticate(http, blank)
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

    fn silent(&self) -> Error {
        let (url, seconds) = (&self.cloud.auth_url, PATIENCE.as_secs());
        let detail = format!("Keystone at {url} does not answer for {seconds} s");
        Error::plain(Kind::Unreachable, detail)
    }

    pub(super) fn refused(&self, error: &osauth::Error) -> Error {
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

/// Redirects are off because the token would follow them to any host. How long a request
/// may take is set where it is made, since images are large.
fn http_client(cloud: &Cloud, tls: bool) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("vnfctl/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .tls_built_in_root_certs(tls)
        .danger_accept_invalid_certs(cloud.insecure);
    if let Some(path) = cloud.cacert.as_ref().filter(|_| tls) {
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
