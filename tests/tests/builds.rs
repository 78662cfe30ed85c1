//! Every real node can be built, and is what it is said to be.

use std::path::Path;

use support::nodes;

fn first_bytes(path: &Path) -> [u8; 8] {
    let bytes = std::fs::read(path).expect("a built node can be read");
    bytes[..8].try_into().expect("a node is longer than its header")
}

const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";
const CORE: [u8; 8] = *b"\0asm\x01\0\0\0";

#[test]
fn rust_nodes_are_components() {
    for name in ["minimal", "package", "net", "hostile", "host"] {
        assert_eq!(first_bytes(&nodes::rust(name)), COMPONENT, "\"{name}\" must be a component");
    }
}

#[test]
fn python_nodes_are_components() {
    for name in ["text", "sockets"] {
        assert_eq!(first_bytes(&nodes::python(name)), COMPONENT, "\"{name}\" must be a component");
    }
}

#[test]
fn assemblyscript_and_cpp_nodes_are_core_modules() {
    for path in [nodes::assemblyscript("template"), nodes::assemblyscript("examples"), nodes::cpp()] {
        assert_eq!(first_bytes(&path), CORE, "\"{}\" must be a core module", path.display());
    }
}
