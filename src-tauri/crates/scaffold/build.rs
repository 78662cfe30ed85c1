//! A new template is a reason to build again; a changed one is noticed by itself.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
