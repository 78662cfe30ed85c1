//! Compiled code on disk.
