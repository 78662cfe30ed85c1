//! Secrets of the user: OAuth tokens and the models' key, in the OS keyring or a private file.
