//! One operation on one VNF: guard it, submit it, follow it, explain how it ended.
//!
//! The only room that waits.
