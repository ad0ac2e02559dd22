//! What Tacker's wire looks like, asserted on the sandbox and, from the same source, on a
//! real Tacker: `VNFCTL_TEST_CLOUD` names the cloud of clouds.yaml to ask, and
//! `VNFCTL_REQUIRE_REAL=1` makes its absence a failure. A difference is the sandbox's bug.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod changes;
mod content;
pub(crate) mod fixture;
mod lcm;
mod onboarding;
mod packages;
pub(crate) mod target;
mod tokens;
mod vims;
mod vnf;
