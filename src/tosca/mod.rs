//! The VNFD: service templates read with the place of every node, and the checker's rules.
