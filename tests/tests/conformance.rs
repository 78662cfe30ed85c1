//! What a node is, point by point: every test carries the number of its item in the conformance list.
//!
//! Languages whose toolchain comes from a package registry are built from source (Rust, Python, AssemblyScript, C++);
//! the others are WAT fixtures with that toolchain's import, export and start pattern, as the tests' comments say.

mod conformance {
    mod cache;
    mod definitions;
    mod host;
    mod languages;
    mod limits;
    mod loading;
    mod packages;
    mod starts;
}
