//! Test runs: steps, assertions and their outcome.
//!
//! `file` owns what a scenario file may say, with every fault at its line and column; `run` plays it.

mod codes;
mod file;
mod run;

pub use codes::CODES;
pub use file::{Expect, Heal, Instantiate, Scale, Scenario, Step, read};
pub use run::{Progress, run};
