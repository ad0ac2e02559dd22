//! One operation on one VNF: guard it, submit it, follow it, explain how it ended.
//!
//! The only room that waits. What an observation means is decided by pure functions
//! (`decide`, `guard`), so that every edge of Tacker's state machine is a test without a
//! clock; `follow` only polls and passes time. Nothing here prints: what happens is sent
//! through a channel as [`Event`]s.

mod busy;
mod certify;
mod change;
mod decide;
mod doctor;
mod drift;
mod driver;
mod error;
mod explain;
mod find;
mod follow;
mod guard;
mod instantiate;
pub mod journal;
mod lock;
mod nodes;
mod occurrence;
mod onboard;
mod overview;
mod picture;
mod place;
mod preflight;
mod receiver;
mod recovery;
mod requests;
mod resolve;
mod scaling;
mod submit;
mod words;

pub use busy::{Busy, retry_while_busy};
pub use certify::{Certifying, Purpose};
pub use change::external_link;
pub use decide::{
    Asked, Decision, Limits, Onboarding, Reason, Refused, Waited, decide, decide_onboarding,
};
pub use doctor::{Finding, Verdict};
pub use drift::{Difference, Drift};
pub use driver::Vnfm;
pub use error::Error;
pub use explain::{Explanation, explain, readable};
pub use follow::{Event, FollowError, Handle, ObserveError, Occurrences, Options, follow};
pub use guard::{Blocked, guard};
pub use lock::{LockError, VnfLock};
pub use nodes::{Node, nodes, vnfcs_of};
pub use occurrence::{
    AffectedVnfc, Observed, Operation, Params, Problem, ResourceChanges, State, moment,
};
pub use onboard::Sent;
pub use overview::{Glance, Overview};
pub use picture::{Failed, Latest, Part, Picture};
pub use place::Placed;
pub use preflight::{Prepared, unchecked};
pub use receiver::{Reached, Receiver};
pub use recovery::{Advice, Strategy, Way, advise, stall};
pub use requests::HealTarget;
pub use scaling::{Size, Steps};
pub use submit::{Fate, Submitted, is_lost as is_passing};
pub use words::{reasons, words};
