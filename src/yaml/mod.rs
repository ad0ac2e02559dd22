//! YAML with the place of every node, read as Tacker's PyYAML reads it (YAML 1.1).
