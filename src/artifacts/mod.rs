//! The programs that nodes install: where their makers publish them, and which bytes they have.
//!
//! A spec names versions; from these follow the files, and from what their makers publish beside
//! them the lock that a package carries. Nodes install only what the lock pins, so whoever serves
//! the files, upstream or a site's own mirror, needs no trust.

mod catalogue;
mod digest;
mod source;

pub use catalogue::{CatalogueError, Wanted, wanted};
pub use source::{Error, Source};

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::spec::{Arch, ClusterPackage, Lock, Pin};

/// Files asked for at once: more would be impolite to those who give them away.
const AT_ONCE: usize = 4;

/// Returns the lock of a spec: each file with the SHA-256 that its maker publishes.
///
/// # Errors
/// The source does not answer, or publishes no digest of one of them.
pub async fn lock(
    spec: &ClusterPackage,
    architectures: &[Arch],
    source: &Source,
) -> Result<Lock, Error> {
    let all = wanted(spec, architectures)?;
    let versions = catalogue::versions(spec)?;
    let artifacts = pin(all, source).await?;
    Ok(Lock {
        versions,
        artifacts,
    })
}

/// Returns where each file lies and the SHA-256 that its maker publishes, by name.
///
/// # Errors
/// The source does not answer, or publishes no digest of one of them.
pub async fn pin(
    files: Vec<Wanted>,
    source: &Source,
) -> Result<BTreeMap<String, BTreeMap<Arch, Pin>>, Error> {
    let pins: Vec<_> = futures_util::stream::iter(files)
        .map(|one| async move {
            let sha256 = source.published(&one).await?;
            Ok::<_, Error>((one, sha256))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut artifacts: BTreeMap<String, BTreeMap<Arch, Pin>> = BTreeMap::new();
    for (one, sha256) in pins {
        let pin = Pin {
            path: one.path,
            sha256,
        };
        artifacts.entry(one.name).or_default().insert(one.arch, pin);
    }
    Ok(artifacts)
}
