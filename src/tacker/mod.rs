//! The client of Tacker's REST APIs: session, one file per API, wire types, problem details.
//!
//! Knows nothing of packages' contents and never waits for an operation.

mod cache;
mod client;
pub mod cloud;
mod download;
mod elsewhere;
mod error;
mod exchange;
mod filter;
mod forms;
mod generation;
mod inventory;
mod limits;
mod raw;
mod secrets;
mod session;
mod stack;
mod subscriptions;
mod types;
mod upload;
mod vims;
mod vnffm;
mod vnflcm;
mod vnfpkgm;
mod vnfpm;

pub use client::Client;
pub use error::{Error, Kind};
pub use filter::Condition;
pub use forms::Form;
pub use generation::Generation;
pub use inventory::{Address, Inventory, Machine, Named};
pub use limits::{FlavorSize, Limits, Used};
pub use raw::{RawAnswer, RawRequest, SANDBOX};
pub use secrets::{SecretSummary, Secrets};
pub use session::Session;
pub use stack::{FailedResource, StackState};
pub use subscriptions::About;
pub use types::{ScaleType, VimSummary, VnfInstance, VnfPackage, VnfcInfo, VnfcResourceInfo};
pub use vims::KubernetesVim;
pub use vnflcm::Task;
pub use vnfpm::Measured;
