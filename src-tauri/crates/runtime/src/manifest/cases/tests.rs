use super::*;

struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(&path, text).expect("writable");
        path
    }

    /// Where the cases of a node at `wasm` go, below the disk.
    fn folder(&self, wasm: &str, manifest: Option<&str>) -> PathBuf {
        let wasm = self.file(wasm, "");
        let manifest = manifest.map(|path| self.at(path));
        let folder = folder(&wasm, manifest.as_deref());
        folder.strip_prefix(self.0.path()).expect("on the disk").to_owned()
    }
}

#[test]
fn f18_presets_of_every_kind_of_project_are_with_its_sources() {
    for (marker, built) in [
        ("Cargo.toml", "target/wasm32-wasip2/release"),
        ("Cargo.toml", "target/wasm32-unknown-unknown/debug/deps"),
        ("package.json", "build"),
        ("package.json", "dist/wasm"),
        ("asconfig.json", "build"),
        ("build.zig", "zig-out/bin"),
        ("Package.swift", ".build/wasm32-unknown-wasi/release"),
        ("CMakeLists.txt", "cmake-build-debug"),
        ("CMakeLists.txt", "build/src"),
        ("Makefile", "out"),
        ("node.nimble", "bin"),
        ("node.csproj", "bin/Release/net9.0/wasi-wasm"),
        ("moon.mod.json", "target/wasm/release/build"),
        ("moon.mod.json", "_build/wasm/release/build"),
        ("build.gradle.kts", "build/compileSync/wasmWasi/main"),
        ("pom.xml", "target/generated/wasm"),
        ("go.mod", "dist"),
        ("pyproject.toml", "dist"),
    ] {
        let disk = Disk::new();
        disk.file(&format!("project/{marker}"), "");
        let wasm = format!("project/{built}/node.wasm");
        assert_eq!(disk.folder(&wasm, None), Path::new("project"), "{marker}, {built}");
    }
}

#[test]
fn f18_a_manifest_says_where_the_project_is() {
    let disk = Disk::new();
    disk.file("p/flow-like.toml", "");
    let manifest = Some("p/flow-like.toml");
    assert_eq!(disk.folder("p/target/wasm32-wasip2/release/n.wasm", manifest), Path::new("p"));
    assert_eq!(
        disk.folder("elsewhere/target/release/n.wasm", manifest),
        Path::new("p"),
        "a folder for builds elsewhere"
    );
    assert_eq!(disk.folder("p/n.wasm", manifest), Path::new("p"));
    assert_eq!(disk.folder("p/nodes/n.wasm", manifest), Path::new("p/nodes"), "no build cleans that");
    disk.file("p/any name/CACHEDIR.TAG", "");
    assert_eq!(disk.folder("p/any name/release/n.wasm", manifest), Path::new("p"), "marked as a cache");
}

#[test]
fn f18_members_of_a_workspace_have_their_own() {
    let disk = Disk::new();
    disk.file("ws/Cargo.toml", "[workspace]\nmembers = [\"nodes/*\", \"other\"]\n");
    disk.file("ws/nodes/one/Cargo.toml", "[package]\nname = \"my-node\"\n");
    disk.file("ws/nodes/two/Cargo.toml", "[package]\nname = \"x\"\n[lib]\nname = \"second\"\n");
    disk.file("ws/other/Cargo.toml", "[package]\nname = \"other\"\n");
    let built = |name: &str| disk.folder(&format!("ws/target/wasm32-wasip2/release/{name}.wasm"), None);
    assert_eq!(built("my_node"), Path::new("ws/nodes/one"));
    assert_eq!(built("second"), Path::new("ws/nodes/two"));
    assert_eq!(built("other"), Path::new("ws/other"));
    assert_eq!(built("nobody"), Path::new("ws"), "the workspace where no member has the name");
}

#[test]
fn f18_cargos_own_list_leads_to_the_sources() {
    let disk = Disk::new();
    disk.file("my project/Cargo.toml", "");
    let source = disk.file("my project/src/lib.rs", "");
    disk.file("cache/target/CACHEDIR.TAG", "");
    let wasm = disk.at("cache/target/wasm32-wasip2/release/n.wasm");
    let escaped = source.display().to_string().replace(' ', "\\ ");
    disk.file("cache/target/wasm32-wasip2/release/n.d", &format!("{}: /gone.rs {escaped}\n", wasm.display()));
    assert_eq!(disk.folder("cache/target/wasm32-wasip2/release/n.wasm", None), Path::new("my project"));
}

#[test]
fn f18_a_lone_file_keeps_its_cases_beside_it() {
    let disk = Disk::new();
    for wasm in ["n.wasm", "nodes/n.wasm", "bin/n.wasm", "a/build/n.wasm"] {
        assert_eq!(disk.folder(wasm, None), Path::new(wasm).parent().expect("a folder"), "{wasm}");
    }
    disk.file("repository/.git/HEAD", "");
    disk.file("Makefile", "");
    assert_eq!(disk.folder("repository/build/n.wasm", None), Path::new("repository/build"), "of another project");
}
