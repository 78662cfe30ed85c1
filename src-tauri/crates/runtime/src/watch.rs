//! Changes of files on disk, debounced and complete.
