//! Runs, log lines, events, decisions and outcomes on disk.
