//! What VNFs there should be, against those that there are: which operations lead from one to the
//! other, and what stands in their way.
//!
//! A person's file ([`file`]) names VNFs with their packages, sizes and networks. What Tacker and the
//! cloud know is gathered once ([`world`]); the comparison itself is a pure function ([`steps`]), so
//! that each difference is a test without a server. A plan can be saved ([`saved`]), and is refused
//! later when what it was made of has moved. [`apply`] carries it out.

mod apply;
mod file;
mod plan;
mod quota;
mod saved;
mod steps;
mod world;

pub use apply::{Begun, Performer};
pub use file::{Desired, Wanted, read};
pub use plan::{Package, Packages, Plan, VnfPlan, make};
pub use saved::{Saved, SavedError, Site};
pub use steps::{Outcome, Step, steps};
pub use world::{Open, Seen, SeenVnfc};
