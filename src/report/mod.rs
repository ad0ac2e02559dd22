//! What a test run found, as JUnit XML and as a table.
