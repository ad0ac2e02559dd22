//! Builds, checks and runs ETSI NFV packages on OpenStack Tacker.
//!
//! Data flows one way, and each arrow is one room:
//!
//! ```text
//! spec ──► package ──► archive ──► tacker ──► lifecycle ──► scenario ──► report
//!             │
//!         diagnose  (every finding with its file, line, column, reason and cure)
//! ```
//!
//! A room may use those before it, never those after it. `package` knows nothing of
//! HTTP, `tacker` nothing of packages; only `lifecycle` waits, only `cli` prints.

pub mod alerts;
pub mod artifacts;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod desired;
pub mod devstack;
pub mod diagnose;
pub mod hot;
pub mod image;
pub mod kubernetes;
pub mod lifecycle;
pub mod lsp;
pub mod package;
pub mod python;
pub mod report;
pub mod sandbox;
pub mod scenario;
pub mod security;
pub mod spec;
pub mod ssh;
pub mod tacker;
pub mod tosca;
pub mod yaml;
