//! The WAT fixtures: small modules and components that have one thing about them each.
