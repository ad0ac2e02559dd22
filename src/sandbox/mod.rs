//! The embedded VNFM: what a newcomer and a fast test talk to instead of a cloud.
//!
//! It behaves on the wire as Tacker 16 does, the ugly parts included; the contract tests
//! (`tests/it/contract`) hold it and a real Tacker to the same answers. Served so far:
//! Keystone v3 tokens, VNF packages and their onboarding, and
//! vnflcm v2: instances, instantiate, scale, heal, change of package and connections, terminate and operation
//! occurrences;
//! VIM registrations; and what Nova, Glance and Neutron list. Anything else answers Tacker's HTML 404.

mod change;
mod cloud;
mod connections;
mod content;
mod csar;
mod engine;
mod fault;
mod keystone;
mod lcm;
mod onboard;
mod operations;
mod packages;
mod query;
mod schema;
mod servers;
mod store;
mod vims;
mod vnf;
mod wire;

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use camino::{Utf8Path, Utf8PathBuf};
use http::{HeaderValue, header};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::tacker::SANDBOX;
use store::Store;

pub use fault::{Fault, NotAFault};

/// Seconds that a token is good for unless [`Options::token_seconds`] says otherwise.
pub const TOKEN_SECONDS: i64 = 3600;

/// How long an operation takes unless [`Options::duration`] says otherwise: a person sees it.
pub const DURATION: Duration = Duration::from_millis(1500);

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// Only loopback addresses are served, since the sandbox speaks plain HTTP.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The folder for packages cannot be made.
    #[error("cannot make a folder for packages")]
    Folder(#[source] std::io::Error),
    /// Another sandbox has the same state.
    #[error("another sandbox uses {0}")]
    Held(Utf8PathBuf),
    /// The state's folder cannot be used.
    #[error("cannot use {0}")]
    State(Utf8PathBuf, #[source] std::io::Error),
    /// The store cannot be opened.
    #[error("cannot open the sandbox's store")]
    Store(#[from] rusqlite::Error),
}

/// How to start a sandbox.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Loopback address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Database file to keep the state in; memory when absent.
    pub data: Option<&'a Utf8Path>,
    /// Life of a token in seconds; 0 issues tokens that have expired.
    pub token_seconds: i64,
    /// How long an operation takes.
    pub duration: Duration,
    /// Failures to come, each used once.
    pub faults: Vec<Fault>,
    /// Names of flavors, images and networks that the cloud does not have, though packages ask
    /// for them.
    pub lacks: Vec<String>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: None,
            token_seconds: TOKEN_SECONDS,
            duration: DURATION,
            faults: Vec::new(),
            lacks: Vec::new(),
        }
    }
}

/// What every handler needs.
struct Shared {
    store: Store,
    packages: onboard::Folder,
    duration: Duration,
    turn: Mutex<Turn>,
    /// Told when an instance is let go.
    released: Notify,
    /// What runs without a request that waits for it.
    tasks: TaskTracker,
    lacks: Vec<String>,
    base: String,
    password: String,
    token_seconds: i64,
}

/// What only one change at a time may look at.
struct Turn {
    /// Instances under an operation.
    locked: HashSet<String>,
    /// Servers that somebody deleted.
    deleted: HashSet<String>,
    faults: Vec<Fault>,
}

impl Shared {
    /// Lets one change after the other look at the state and alter it. Never held across
    /// an await.
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the instance's lock and takes it.
    async fn lock(&self, instance: &str) {
        loop {
            let mut released = pin!(self.released.notified());
            // Listens before it looks, or a release between the two would be missed.
            released.as_mut().enable();
            if self.turn().locked.insert(instance.to_owned()) {
                return;
            }
            released.await;
        }
    }

    fn unlock(&self, instance: &str) {
        self.turn().locked.remove(instance);
        self.released.notify_waiters();
    }

    /// Where the content of a package lies.
    fn content(&self, package: &str) -> Utf8PathBuf {
        self.packages.path.join(format!("{package}.zip"))
    }
}

type State = axum::extract::State<Arc<Shared>>;

/// A running sandbox; it stops when dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: JoinHandle<std::io::Result<()>>,
    _lock: Option<File>,
}

impl Sandbox {
    /// Starts one and returns when it accepts connections.
    ///
    /// # Errors
    /// [`StartError`] when the address or the store cannot be had.
    pub async fn start(options: Options<'_>) -> Result<Self, StartError> {
        let wanted = options.listen;
        if !wanted.ip().is_loopback() {
            return Err(StartError::NotLoopback(wanted));
        }
        // Whoever starts takes what runs for cut short, so only one may.
        let lock = options.data.map(lock).transpose()?;
        let store = Store::open(options.data)?;
        let listener = tokio::net::TcpListener::bind(wanted)
            .await
            .map_err(|error| StartError::Listen(wanted, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Listen(wanted, error))?;
        let shared = Arc::new(Shared {
            store,
            packages: onboard::folder(options.data).map_err(StartError::Folder)?,
            duration: options.duration,
            turn: Mutex::new(Turn {
                locked: HashSet::new(),
                deleted: HashSet::new(),
                faults: options.faults,
            }),
            released: Notify::new(),
            tasks: TaskTracker::new(),
            lacks: options.lacks,
            base: format!("http://{address}"),
            password: uuid::Uuid::new_v4().simple().to_string(),
            token_seconds: options.token_seconds,
        });
        onboard::recover(&shared)?;
        engine::recover(&shared)?;
        if let Some(data) = options.data {
            remember(&shared, data)?;
        }
        let app = router(&shared);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            shared,
            server,
            _lock: lock,
        })
    }

    /// Waits until every operation and onboarding that was begun has ended.
    pub async fn settled(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Tacker's endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.shared.base
    }

    /// Keystone's URL, as `OS_AUTH_URL` wants it.
    #[must_use]
    pub fn auth_url(&self) -> String {
        format!("{}/v3", self.shared.base)
    }

    /// The password of the user [`Self::USER`], made anew for each start.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.shared.password
    }

    /// The one user there is, in domain `Default`.
    pub const USER: &'static str = "sandbox";

    /// The one project there is, in domain `Default`.
    pub const PROJECT: &'static str = "sandbox";
}

/// Notes the address beside the state, since VIMs that are the sandbox itself are stored with it.
fn remember(shared: &Shared, data: &Utf8Path) -> Result<(), StartError> {
    let path = data.with_extension("address");
    match std::fs::read_to_string(&path) {
        Ok(former) if former.starts_with("http://") => vims::recover(shared, former.trim())?,
        // The first start, or a file of somebody else's.
        _ => {}
    }
    std::fs::write(&path, &shared.base).map_err(|error| StartError::State(path, error))
}

fn lock(data: &Utf8Path) -> Result<File, StartError> {
    let path = data.with_extension("lock");
    let cannot = |error| StartError::State(path.clone(), error);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let file = options.open(&path).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Held(data.to_owned())),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// Says in every answer who answers: a VNFM whose cloud has whatever its packages ask for.
async fn named(mut response: Response) -> Response {
    let name = HeaderValue::from_static(SANDBOX);
    response.headers_mut().insert(header::SERVER, name);
    response
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let tacker = Router::new()
        .merge(packages::routes())
        .merge(lcm::routes())
        .merge(vims::routes())
        .merge(cloud::routes())
        .merge(servers::routes())
        .fallback(async || wire::html_not_found())
        .method_not_allowed_fallback(async || wire::html_not_found())
        .layer(from_fn_with_state(shared.clone(), keystone::require_token))
        .layer(axum::middleware::map_response(named));
    Router::new()
        .route("/", get(versions))
        .merge(keystone::routes())
        .merge(tacker)
        .with_state(shared.clone())
}

async fn versions(state: State) -> axum::response::Response {
    let href = format!("{}/v1.0", state.base);
    let links = json!([{"rel": "self", "href": href}]);
    wire::json(
        http::StatusCode::OK,
        &json!({"versions": [{"id": "v1.0", "status": "CURRENT", "links": links}]}),
    )
}
