//! The embedded VNFM: Keystone, vnfpkgm v1, vnflcm v2 and VIMs on loopback.
//!
//! It serves a first run without a cloud and fast tests. It behaves on the wire as
//! Tacker 16 does, the ugly parts included; contract tests hold it to that.
