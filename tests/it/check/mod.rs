//! `vnfctl package validate`: what is found, where it points, and the documentation of it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails is a test that fails"
)]

mod bench;
mod command;
mod corpus;
mod documentation;
mod examples;
mod explain;
mod fix;
mod foreign;
mod heat;
mod lsp;
mod patience;
mod pipeline;
mod profiles;
mod recovery;
mod several;
mod strict;
