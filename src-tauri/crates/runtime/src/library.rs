//! Watched files and folders turned into nodes: the only task that loads and unloads.
