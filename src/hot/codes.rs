//! The codes of the Heat templates' rules.

use crate::diagnose::Code;

/// Every code of this room.
pub const CODES: &[Code] = &[];
