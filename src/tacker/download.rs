//! An answer that is written to a file as it comes: archives are larger than memory.

use reqwest::Method;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::client::{failed, secret, version_of};
use super::exchange::Exchange;
use super::session::join;
use super::{Client, Error, Kind};

impl Client {
    /// Writes what is at `path`, of the type `accept`, into `sink`; `progress` is told how many bytes
    /// came of how many there are. Returns the number of bytes.
    pub(super) async fn download(
        &self,
        path: &str,
        accept: &str,
        sink: &mut (impl AsyncWrite + Unpin),
        progress: &dyn Fn(u64, u64),
    ) -> Result<u64, Error> {
        let ticket = self.session().ticket().await?;
        match self.pour(path, accept, &ticket, sink, progress).await {
            // Nothing was written yet.
            Err(error) if error.status.is_some_and(|status| status.as_u16() == 401) => {
                let ticket = self.session().renew(&ticket).await?;
                self.pour(path, accept, &ticket, sink, progress).await
            }
            other => other,
        }
    }

    async fn pour(
        &self,
        path: &str,
        accept: &str,
        ticket: &super::cache::Ticket,
        sink: &mut (impl AsyncWrite + Unpin),
        progress: &dyn Fn(u64, u64),
    ) -> Result<u64, Error> {
        let (method, url) = (Method::GET, join(&ticket.endpoint, path));
        let http = self.session().http(&url)?;
        let mut request = http
            .get(url.clone())
            .header("X-Auth-Token", secret(&ticket.token)?)
            .header("Accept", accept);
        if let Some(version) = version_of(path) {
            request = request.header("Version", version);
        }
        let told = Exchange::begin(&method, &url, None);
        let broken = |error: &reqwest::Error| {
            let error = Error::transport(&method, &url, error);
            told.failed(&error.detail);
            error
        };
        let mut answer = request.send().await.map_err(|error| broken(&error))?;
        if !answer.status().is_success() {
            return Err(failed(method, url, answer, &told).await);
        }
        told.answered(answer.status(), answer.headers(), &[]);
        let whole = answer.content_length().unwrap_or_default();
        let mut done = 0;
        while let Some(piece) = answer.chunk().await.map_err(|error| broken(&error))? {
            let unwritten = |error: std::io::Error| Error::plain(Kind::Config, error.to_string());
            sink.write_all(&piece).await.map_err(unwritten)?;
            done += piece.len() as u64;
            progress(done, whole);
        }
        Ok(done)
    }
}
