//! Brings a package into Tacker: uploads it, waits, and takes away what became of nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{Error, Onboarding, Vnfm, Waited, decide_onboarding};
use crate::check::{self, Judged};
use crate::tacker::VnfPackage;

/// How long a package may stay CREATED after its upload before that counts as a refusal.
const SETTLE: Duration = Duration::from_secs(3);

/// Told how many bytes are sent so far; from the beginning again when the file is sent again.
pub type Sent = Arc<dyn Fn(u64) + Send + Sync>;

impl Vnfm {
    /// Uploads an archive and waits until Tacker has onboarded or dropped it, or `stop` ends.
    ///
    /// A package that came to nothing is deleted again, since it can serve nothing. One that
    /// Tacker dropped though nothing is wrong with it is sent once more: Tacker's conductor
    /// shares tosca-parser's errors between threads, so that a bad package that is onboarded
    /// at the same moment takes a good one with it.
    ///
    /// # Errors
    /// Tacker dropped it, time is over, `stop` ended, or those of the exchange.
    pub async fn onboard(
        &self,
        file: &Path,
        timeout: Duration,
        sent: Sent,
        stop: impl Future<Output = ()>,
    ) -> Result<VnfPackage, Error> {
        let id = self.client().create_package().await?.id;
        let uploading = async {
            let first = self.upload(&id, file, timeout, &sent).await;
            if matches!(first, Err(Error::Refused { .. })) && is_sound(file).await {
                return self.upload(&id, file, timeout, &sent).await;
            }
            first
        };
        let outcome = tokio::select! {
            outcome = uploading => outcome,
            () = stop => Err(Error::Stopped { package: id.clone() }),
        };
        self.clear_away(&id, &outcome).await;
        outcome
    }

    async fn upload(
        &self,
        id: &str,
        file: &Path,
        timeout: Duration,
        sent: &Sent,
    ) -> Result<VnfPackage, Error> {
        let client = self.client();
        client.upload_package(id, file, Arc::clone(sent)).await?;
        self.onboarded(id, timeout).await
    }

    /// Has Tacker fetch a package from an address, and waits until it has onboarded it; what it
    /// drops is deleted.
    ///
    /// # Errors
    /// Tacker dropped it or cannot fetch it, time is over, or those of the exchange.
    pub async fn onboard_from(
        &self,
        address: &Url,
        login: Option<(&str, &SecretString)>,
        timeout: Duration,
    ) -> Result<VnfPackage, Error> {
        let id = self.client().create_package().await?.id;
        let fetching = async {
            self.client().upload_from(&id, address, login).await?;
            self.onboarded(&id, timeout).await
        };
        let outcome = fetching.await;
        self.clear_away(&id, &outcome).await;
        outcome
    }

    /// Deletes what is left of a package that was not onboarded.
    async fn clear_away(&self, id: &str, outcome: &Result<VnfPackage, Error>) {
        let is_over = |error: &Error| !matches!(error, Error::OnboardingTimedOut { .. });
        if outcome.as_ref().is_err_and(is_over)
            && let Err(error) = self.client().delete_package(id).await
        {
            tracing::warn!("the package {id} stays in Tacker without content: {error}");
        }
    }

    /// Waits until Tacker has onboarded what it got.
    async fn onboarded(&self, id: &str, timeout: Duration) -> Result<VnfPackage, Error> {
        let client = self.client();
        let began = Instant::now();
        let mut moved = false;
        loop {
            let seen = client.package(id).await?;
            let state: Onboarding = serde_json::from_value(Value::String(
                seen.onboarding_state.clone(),
            ))
            .map_err(|_| {
                Error::Invalid(format!(
                    "Tacker reports the onboarding state `{}`",
                    seen.onboarding_state
                ))
            })?;
            moved |= state != Onboarding::Created;
            let waited = Waited {
                in_state: began.elapsed(),
                moved,
            };
            let refused = |_| Error::Refused {
                package: id.to_owned(),
            };
            if decide_onboarding(state, waited, SETTLE).map_err(refused)? {
                return Ok(seen);
            }
            if began.elapsed() > timeout {
                let package = id.to_owned();
                return Err(Error::OnboardingTimedOut { package, timeout });
            }
            // The look itself is the condition; this is only the pause between two looks.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Tells whether this program finds no reason for Tacker to drop a package.
async fn is_sound(file: &Path) -> bool {
    let file = file.to_owned();
    let judged = tokio::task::spawn_blocking(move || check::open(&file)).await;
    matches!(judged, Ok(Ok(Judged::Read(checked))) if !checked.is_rejected())
}
