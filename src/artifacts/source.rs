//! Where files are fetched from: their makers' hosts, or a mirror of them.

use std::path::Path;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use futures_util::TryStreamExt as _;
use reqwest::StatusCode;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::catalogue::{CatalogueError, Wanted};
use super::digest;
use crate::package::tree::sha256_of;
use crate::spec::Pin;

/// Longest that a host may keep silent.
const SILENCE: Duration = Duration::from_secs(30);
/// Largest file of digests; Helm's index of a busy chart has some MiB.
const MOST_TEXT: usize = 64 << 20;

/// Why a file or its digest was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What files there should be is not known.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The HTTP client cannot be made, as when no certificate authority can be read.
    #[error("cannot prepare to fetch")]
    Client(#[source] reqwest::Error),
    /// The host does not answer, or breaks off.
    #[error("cannot fetch {url}")]
    Transport {
        /// What was asked for.
        url: String,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// The host does not give it.
    #[error("{url}: {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// The published file tells nothing of this one.
    #[error("{url} holds no SHA-256 of `{name}`")]
    NoDigest {
        /// The file that should.
        url: String,
        /// The name looked for.
        name: String,
    },
    /// The bytes are not those that are pinned.
    #[error("{url} has the SHA-256 {found}, and {pinned} is pinned")]
    Differs {
        /// What was fetched.
        url: String,
        /// What it should be.
        pinned: String,
        /// What it is.
        found: String,
    },
    /// The file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// Tells whether another try may succeed.
    fn is_passing(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            _ => false,
        }
    }
}

/// A place to fetch from.
#[derive(Debug, Clone)]
pub struct Source {
    base: String,
    client: reqwest::Client,
}

impl Source {
    /// The makers' own hosts, by HTTPS.
    pub const ORIGIN: &'static str = "https://";

    /// Returns the place whose files lie below `base` by host and path; [`Self::ORIGIN`] asks
    /// the hosts themselves.
    ///
    /// # Errors
    /// The system's certificate authorities cannot be read.
    pub fn new(base: &str) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("vnfctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .build()
            .map_err(Error::Client)?;
        let base = match base {
            Self::ORIGIN => base.to_owned(),
            mirror => format!("{}/", mirror.trim_end_matches('/')),
        };
        Ok(Self { base, client })
    }

    /// Returns the SHA-256 that is published of a file.
    pub(super) async fn published(&self, file: &Wanted) -> Result<String, Error> {
        let url = format!("{}{}", self.base, file.digest);
        let text = self.patiently(|| self.text(&url)).await?;
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        digest::of(name, &text).ok_or_else(|| Error::NoDigest {
            url,
            name: name.to_owned(),
        })
    }

    /// Fetches a pinned file to `target`, where nothing appears unless the bytes are right.
    /// Tells `progress` of each piece by its length in bytes. Returns whether it was fetched;
    /// a file that is there already is only checked.
    ///
    /// # Errors
    /// It is not to be had, is another one, or cannot be written.
    pub async fn save(
        &self,
        pin: &Pin,
        target: &Path,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<bool, Error> {
        let cannot = |source| Error::Write {
            path: target.display().to_string(),
            source,
        };
        if target.exists() && sum(target).await.map_err(cannot)? == pin.sha256 {
            return Ok(false);
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        tokio::fs::create_dir_all(folder).await.map_err(cannot)?;
        let url = format!("{}{}", self.base, pin.path);
        self.patiently(|| async {
            let scratch = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
            let found = self.download(&url, scratch.path(), progress).await?;
            if found != pin.sha256 {
                return Err(Error::Differs {
                    url: url.clone(),
                    pinned: pin.sha256.clone(),
                    found,
                });
            }
            let file = scratch.persist(target).map_err(|e| cannot(e.error))?;
            // Whoever serves the mirror is seldom who filled it.
            let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            file.set_permissions(readable).map_err(cannot)
        })
        .await?;
        Ok(true)
    }

    async fn download(
        &self,
        url: &str,
        target: &Path,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<String, Error> {
        let cannot = |source| Error::Write {
            path: target.display().to_string(),
            source,
        };
        let broke = |source| Error::Transport {
            url: url.to_owned(),
            source,
        };
        let answer = self.get(url).await?;
        let mut file = tokio::fs::File::create(target).await.map_err(cannot)?;
        let mut hash = Sha256::new();
        let mut body = answer.bytes_stream();
        while let Some(piece) = body.try_next().await.map_err(broke)? {
            hash.update(&piece);
            file.write_all(&piece).await.map_err(cannot)?;
            progress(piece.len() as u64);
        }
        file.flush().await.map_err(cannot)?;
        Ok(hex::encode(hash.finalize()))
    }

    async fn text(&self, url: &str) -> Result<String, Error> {
        let broke = |source| Error::Transport {
            url: url.to_owned(),
            source,
        };
        let mut answer = self.get(url).await?;
        let mut text = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(broke)? {
            // What is longer is no list of digests: what came tells nothing, and is said so.
            if text.len() + piece.len() > MOST_TEXT {
                break;
            }
            text.extend_from_slice(&piece);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    async fn get(&self, url: &str) -> Result<reqwest::Response, Error> {
        let answer = self.client.get(url).send().await;
        let answer = answer.map_err(|source| Error::Transport {
            url: url.to_owned(),
            source: source.without_url(),
        })?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            status => Err(Error::Status {
                url: url.to_owned(),
                status,
            }),
        }
    }

    /// Tries what may pass three times.
    async fn patiently<T, F: Future<Output = Result<T, Error>>>(
        &self,
        work: impl FnMut() -> F,
    ) -> Result<T, Error> {
        work.retry(ExponentialBuilder::default().with_max_times(2))
            .when(Error::is_passing)
            .await
    }
}

/// The SHA-256 of a file on the disk.
async fn sum(path: &Path) -> std::io::Result<String> {
    let path = path.to_owned();
    let summing = tokio::task::spawn_blocking(move || sha256_of(&mut std::fs::File::open(path)?));
    summing.await.map_err(std::io::Error::other)?
}
