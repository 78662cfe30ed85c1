//! A topic that is added, removed or edited is embedded again.

fn main() {
    println!("cargo:rerun-if-changed=topics");
}
