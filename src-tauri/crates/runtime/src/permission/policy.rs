//! Pure policy: rules and a request in, a verdict out. No I/O, no clock.
