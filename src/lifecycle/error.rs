//! Why an operation was not begun, or not done.

use std::time::Duration;

use super::journal::JournalError;
use super::{Blocked, FollowError, LockError};
use crate::cluster;
use crate::tacker::Error as ApiError;

/// Why an operation was not begun, or not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Tacker or Keystone.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Another operation is in the way.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The cluster that the VNF is, or its package.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// Another vnfctl is in the way.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What is asked cannot be written down, and so is not asked.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There was no answer, and Tacker cannot be asked whether it began.
    #[error("whether Tacker began with `{what}` is not known")]
    Unknown {
        /// What was asked.
        what: String,
        /// The loss of the answer.
        #[source]
        source: ApiError,
    },
    /// It was begun and did not end as asked.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Tacker dropped the package, which is deleted.
    #[error(
        "Tacker refused the package ({package}) and fell back to CREATED; \
         only the log of its conductor says why"
    )]
    Refused {
        /// The id that it had.
        package: String,
    },
    /// The caller wanted no more of a package's onboarding.
    #[error("the onboarding of package {package} was stopped")]
    Stopped {
        /// The id that it had.
        package: String,
    },
    /// Nothing has that name or id.
    #[error("there is no {what} `{name}`; {instead}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// What there is instead, in words.
        instead: String,
    },
    /// The VNF has no node of that name.
    #[error("VNF `{vnf}` has no node `{name}`; {known}")]
    NoSuchNode {
        /// The VNF.
        vnf: String,
        /// The name given.
        name: String,
        /// What there is instead, in words.
        known: String,
    },
    /// Several things fit.
    #[error("`{name}` may mean several {what}s: {}", .candidates.join(", "))]
    Ambiguous {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// The ids that fit.
        candidates: Vec<String>,
    },
    /// Something that the package asks for is missing; nothing was begun.
    #[error("what the package asks for is not there: {}", .0.join("; "))]
    Unready(Vec<String>),
    /// Another VNF has the name.
    #[error("a VNF `{name}` exists already ({id})")]
    Exists {
        /// The name.
        name: String,
        /// The other's id.
        id: String,
        /// Whether it has no resources.
        empty: bool,
    },
    /// What was asked for makes no sense for this VNF.
    #[error("{0}")]
    Invalid(String),
    /// The time for it is over.
    #[error("package {package} is not onboarded after {} s; Tacker goes on with it", .timeout.as_secs())]
    OnboardingTimedOut {
        /// The package.
        package: String,
        /// The time that it was given.
        timeout: Duration,
    },
}
