//! Test runs: steps, assertions and their outcome.
