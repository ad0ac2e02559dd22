//! One integration test binary, so that the library is linked once: a file per subject.

mod alerts;
mod archive;
mod certificates;
mod check;
mod cilium;
mod commands;
mod contract;
mod devstack;
mod embedded;
mod follower;
mod guides;
mod image;
mod keys;
mod lock;
mod page;
mod person;
mod preflight;
mod real;
mod scenario;
mod spec;
mod spec_documentation;
mod ssh;
mod templates;
mod vnfd;
mod weather;
mod wire;
