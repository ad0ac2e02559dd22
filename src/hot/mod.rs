//! Heat templates: what Tacker needs of them, and their agreement with the VNFD.
