//! The client of Tacker's REST APIs: session, one file per API, wire types, problem details.
//!
//! Knows nothing of packages' contents and never waits for an operation.
