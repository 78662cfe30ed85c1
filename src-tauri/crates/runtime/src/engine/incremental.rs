//! Compiled functions, so that a rebuild compiles only what changed.
