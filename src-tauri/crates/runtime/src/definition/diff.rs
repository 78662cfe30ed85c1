//! What changed between two builds of a node.
