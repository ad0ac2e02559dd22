//! `vnfctl package validate`: what is found, where it points, and the documentation of it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod command;
mod documentation;
