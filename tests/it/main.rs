//! One integration test binary, so that the library is linked once: a file per subject.

mod archive;
mod certificates;
mod check;
mod cilium;
mod commands;
mod containers;
mod contract;
mod embedded;
mod image;
mod keys;
mod lock;
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
