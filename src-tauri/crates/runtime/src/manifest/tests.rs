use proptest::prelude::*;

use super::*;

const FULL: &str = r#"
manifest_version = 1
id = "com.example.node"
name = "Node"
version = "1.0.0"
description = "Does things"
wasm_path = "out/node.wasm"

[permissions]
memory = "huge"
timeout = "very_long"
variables = true
models = true

[permissions.network]
http_enabled = true
tcp_enabled = true
udp_enabled = false
allowed_hosts = ["API.example.com", "*.example.org"]

[permissions.filesystem]
node_storage = true

[[permissions.oauth_scopes]]
provider = "google"
scopes = ["mail.read"]
reason = "to read mail"
required = true

[[nodes]]
id = "n"
oauth_providers = ["google"]
"#;

fn parse(text: &str) -> (Manifest, Vec<&'static str>) {
    let (manifest, problems) = Manifest::parse(Path::new("flow-like.toml"), text).expect("TOML");
    (manifest, problems.into_iter().map(|problem| problem.code).collect())
}

/// With the four required fields.
fn with(rest: &str) -> (Manifest, Vec<&'static str>) {
    parse(&format!("manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\n{rest}"))
}

#[test]
fn a_full_manifest() {
    let (manifest, problems) = parse(FULL);
    assert_eq!(problems, [] as [&str; 0]);
    assert_eq!(manifest.id.as_deref(), Some("com.example.node"));
    assert_eq!(manifest.memory, Some(1 << 30));
    assert_eq!(manifest.time, Some(Duration::from_secs(600)));
    assert_eq!(manifest.allowed_hosts, Some(vec!["api.example.com".into(), "*.example.org".into()]));
    let labels = ["variables", "models", "network:http", "network:tcp", "storage:read", "storage:write", "oauth"];
    assert_eq!(manifest.permissions, labels);
    assert_eq!(manifest.wasm_path, Some("out/node.wasm".into()));
    let scope = manifest.oauth_scopes.first().expect("one scope");
    assert_eq!((scope.provider.as_str(), scope.required), ("google", true));
    assert_eq!(manifest.limits().memory, 1 << 30);
}

#[test]
fn every_tier() {
    let memory = |tier: &str| with(&format!("[permissions]\nmemory = \"{tier}\"")).0.memory.map(|bytes| bytes >> 20);
    let tiers = ["minimal", "light", "standard", "heavy", "intensive", "large", "huge", "extreme", "maximum"];
    let sizes = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
    for (tier, size) in tiers.into_iter().zip(sizes) {
        assert_eq!(memory(tier), Some(size), "{tier}");
    }
    let time = |tier: &str| with(&format!("[permissions]\ntimeout = \"{tier}\"")).0.time.map(|time| time.as_secs());
    let tiers = ["quick", "standard", "extended", "long_running", "very_long", "maximum"];
    for (tier, seconds) in tiers.into_iter().zip([5, 30, 60, 300, 600, 1800]) {
        assert_eq!(time(tier), Some(seconds), "{tier}");
    }
}

#[test]
fn a_manifest_without_permissions_has_the_defaults() {
    let (manifest, problems) = with("");
    assert_eq!(problems, [] as [&str; 0]);
    assert_eq!(manifest.limits(), Limits::default());
    assert_eq!(with("[permissions.network]\nallowed_hosts = []").0.allowed_hosts, None, "templates mean any host");
}

#[test]
fn every_oddity_has_its_code() {
    let cases: [(&str, &[&str]); 10] = [
        ("[permissions]\nmemory = \"hugee\"", &["unknown-tier"]),
        ("[permissions]\nmemory = 64", &["wrong-type"]),
        ("[permissions]\nvariables = \"yes\"", &["wrong-type"]),
        ("permissions = 1", &["wrong-type"]),
        ("[permissions.network]\nallowed_hosts = \"a\"", &["wrong-type"]),
        ("[permissions.network]\nallowed_hosts = [1, \"https://a/\"]", &["wrong-type", "odd-host"]),
        ("[[permissions.oauth_scopes]]\nscopes = []", &["missing-field"]),
        ("[[nodes]]\noauth_providers = [\"x\"]", &["undeclared-oauth-provider"]),
        ("nodes = [1]", &["wrong-type"]),
        ("unknown = { a = 1 }", &["unknown-key"]),
    ];
    for (text, codes) in cases {
        assert_eq!(with(text).1, codes, "{text}");
    }
    assert_eq!(parse("").1, ["missing-field"; 4]);
    assert_eq!(parse("manifest_version = 3\nid=\"a\"\nname=\"b\"\nversion=\"c\"").1, ["unknown-manifest-version"]);
}

#[test]
fn a_build_command_and_what_it_watches() {
    let build = |rest: &str| {
        let (manifest, problems) = with(&format!("[workbench]\n{rest}"));
        (manifest.build.map(|build| (build.command, build.watch)), problems)
    };
    let named =
        |watch: &[&str]| Some(("npm run build".to_owned(), watch.iter().map(PathBuf::from).collect::<Vec<_>>()));
    assert_eq!(build("build = \" npm run build \""), (named(&[]), vec![]));
    assert_eq!(
        build("build = \"npm run build\"\nwatch = [\"./src/\", \"a.toml\"]"),
        (named(&["src", "a.toml"]), vec![])
    );
    assert_eq!(build("build = \"npm run build\"\nwatch = [\"src\", \".\"]"), (named(&[]), vec![]), "the whole folder");
    let odd = ["odd-watch"; 3].to_vec();
    let outside = build("build = \"npm run build\"\nwatch = [\"../x\", \"/etc\", \"\", \"src\"]");
    assert_eq!(outside, (named(&["src"]), odd), "what leads out is left out");
    for (rest, code) in [
        ("build = \"  \"".to_owned(), "odd-build-command"),
        ("build = \"a\\nb\"".to_owned(), "odd-build-command"),
        ("build = \"make \\u202e\"".to_owned(), "odd-build-command"),
        (format!("build = \"{}\"", "x".repeat(501)), "odd-build-command"),
        ("build = 1".to_owned(), "wrong-type"),
        ("watch = [\"src\"]".to_owned(), "missing-field"),
    ] {
        assert_eq!(build(&rest), (None, vec![code]), "{rest}");
    }
    assert_eq!(with("workbench = 1").1, ["wrong-type"]);
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    let error = Manifest::parse(Path::new("x"), "a = 1\nb = \n").expect_err("not TOML");
    assert_eq!(error.code(), "manifest");
    assert!(error.to_string().contains("line 2"), "{error}");
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(Manifest::parse(Path::new("x"), &deep).is_err(), "deep nesting is a clean error");
}

/// Makes files with their folders; `flow-like.toml` gets a whole manifest.
fn tree(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for file in files {
        let (path, text) = file.split_once('=').unwrap_or((file, ""));
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("inside the root")).expect("created");
        std::fs::write(&path, text).expect("written");
    }
    root
}

fn builds(files: &[&str]) -> Result<Vec<String>, &'static str> {
    let root = tree(files);
    let inside = |path: PathBuf| path.strip_prefix(root.path()).expect("inside").to_string_lossy().into_owned();
    find_builds(root.path()).map(|paths| paths.into_iter().map(inside).collect()).map_err(|error| error.code())
}

#[test]
fn a_project_has_one_build() {
    let cases: [(&[&str], &str); 8] = [
        (&["flow-like.toml=wasm_path = 'x/y.wasm'", "x/y.wasm", "node.wasm"], "x/y.wasm"),
        (&["flow-like.toml=wasm_path = 'gone.wasm'", "node.wasm"], "node.wasm"),
        (&["flow-like.toml", "build/debug.wasm", "build/release.wasm"], "build/release.wasm"),
        (&["flow-like.toml", ".build/release/Node.wasm", "a.wasm"], ".build/release/Node.wasm"),
        (
            &[
                "flow-like.toml",
                "target/wasm32-wasip2/debug/a.wasm",
                "target/wasm32-wasip2/release/a.wasm",
                "target/wasm32-wasip2/release/deps/b.wasm",
            ],
            "target/wasm32-wasip2/release/a.wasm",
        ),
        (
            &[
                "flow-like.toml",
                "bin/Release/net10.0/wasi-wasm/AppBundle/x.wasm",
                "bin/Release/net10.0/wasi-wasm/publish/dotnet.wasm",
                "zz/release/y.wasm",
            ],
            "bin/Release/net10.0/wasi-wasm/AppBundle/x.wasm",
        ),
        (
            &[
                "flow-like.toml",
                "build/compileSync/wasmWasi/main/productionExecutable/optimized/k.wasm",
                "build/compileSync/wasmWasi/main/developmentExecutable/k.wasm",
            ],
            "build/compileSync/wasmWasi/main/productionExecutable/optimized/k.wasm",
        ),
        (&["flow-like.toml", "node_modules/a/b.wasm", "zig-out/bin/node.wasm"], "zig-out/bin/node.wasm"),
    ];
    for (files, expected) in cases {
        assert_eq!(builds(files), Ok(vec![expected.to_owned()]), "{files:?}");
    }
}

#[test]
fn a_folder_without_a_manifest_has_all() {
    let files = [
        "a.wasm",
        "sub/b.wasm",
        "sub/target/debug/c.wasm",
        "sub/target/release/c.wasm",
        "one/flow-like.toml",
        "one/build/node.wasm",
        "one/build/other.wasm",
        "unbuilt/flow-like.toml",
        ".hidden/d.wasm",
        "readme.txt",
    ];
    let expected = ["a.wasm", "one/build/node.wasm", "sub/b.wasm", "sub/target/release/c.wasm"];
    assert_eq!(builds(&files), Ok(expected.map(str::to_owned).to_vec()));
}

#[test]
fn folders_without_a_build() {
    assert_eq!(builds(&["flow-like.toml"]), Err("no-build"));
    assert_eq!(builds(&["readme.txt"]), Err("no-build"));
    assert_eq!(builds(&["flow-like.toml=wasm_path = "]), Err("manifest"));
    assert_eq!(find_builds(Path::new("/nowhere/at/all")).map_err(|error| error.code()), Err("read"));
}

#[test]
fn links_that_loop_end() {
    let root = tree(&["a/x.wasm"]);
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).expect("linked");
    assert_eq!(find_builds(root.path()).expect("one build").len(), 1);
}

#[test]
fn the_nearest_manifest_governs() {
    let root = tree(&["flow-like.toml=id = 'root'", "build/node.wasm", "p/q/x.wasm", "p/q/x.toml=id = 'own'"]);
    let id = |path: &str| {
        let found = Manifest::find(&root.path().join(path)).expect("readable");
        found.and_then(|(manifest, _)| manifest.id)
    };
    assert_eq!(id("build/node.wasm").as_deref(), Some("root"));
    assert_eq!(id("p/q/x.wasm").as_deref(), Some("own"));
    let alone = tree(&["x.wasm"]);
    assert_eq!(Manifest::find(&alone.path().join("x.wasm")).expect("readable"), None);
}

proptest! {
    #[test]
    fn any_text_never_panics(text in "\\PC{0,80}") {
        let _ = Manifest::parse(Path::new("x"), &text);
    }

    #[test]
    fn mangled_manifests_never_panic(at in 0..FULL.len(), with in "[\\[\\]=\"{}a1\n]{0,4}") {
        if let (Some(head), Some(tail)) = (FULL.get(..at), FULL.get(at + 1..)) {
            let _ = Manifest::parse(Path::new("x"), &format!("{head}{with}{tail}"));
        }
    }
}

#[test]
fn projects_are_found_whether_they_are_built_or_not() {
    let root = tree(&[
        "a/flow-like.toml",
        "b/inside/flow-like.toml",
        "b/inside/build/node.wasm",
        "node_modules/x/flow-like.toml",
    ]);
    let projects = |folder: &str| projects_of(&root.path().join(folder));
    assert_eq!(projects(""), ["a/flow-like.toml", "b/inside/flow-like.toml"].map(|path| root.path().join(path)));
    assert_eq!(projects("a"), [root.path().join("a/flow-like.toml")], "a project is one");
    assert_eq!(projects("nowhere"), [] as [PathBuf; 0]);
}

/// The problems of the text, as people read them.
fn problems(rest: &str) -> String {
    let text = format!("manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\n{rest}");
    let (_, problems) = Manifest::parse(Path::new("flow-like.toml"), &text).expect("TOML");
    problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
}

#[test]
fn f27_misspelt_keys_are_reported_with_the_near_one() {
    for (rest, near) in [
        ("[permissions]\nstreeming = true", "permissions.streaming"),
        ("[permissions.network]\nhttp_enable = true", "permissions.network.http_enabled"),
        ("[permissions.network]\nhttp-enabled = true", "permissions.network.http_enabled"),
        ("[permissions.network]\ntcp = true", "permissions.network.tcp_enabled"),
        ("[permisions]\nvariables = true", "permissions"),
        ("wasmPath = 'x.wasm'", "wasm_path"),
        ("[workbench]\nbild = 'make'", "workbench.build"),
        ("streaming = true", "belongs into \"[permissions]\""),
        ("[[nodes]]\nid = 'n'\ncatgory = 'x'", "nodes.category"),
        ("[permissions.filesystem]\nnode_storge = true", "permissions.filesystem.node_storage"),
    ] {
        let told = problems(rest);
        assert!(told.contains(near), "{rest}: {told}");
    }
    assert_eq!(problems("[metadata]\nanything = { goes = 1 }\n[permissions.database]\nread = true"), "");
    let many: String = (0..1000).map(|at| format!("qqqq{at} = 1\n")).collect();
    assert!(problems(&many).lines().count() <= 21, "bounded");
}

#[test]
fn f27_a_slip_in_the_list_of_hosts_never_means_every_host() {
    for rest in [
        "[permissions.network]\nallowed_host = ['a.com']",
        "[permissions.network]\nallow_hosts = ['a.com']",
        "[permissions.network]\nallowedHosts = ['a.com']",
        "[permissions.network]\nhosts = 'a.com'",
        "[permissions.network]\nallowed_domains = ['a.com']",
        "[permissions.network]\nallowd_hsts = ['a.com']",
        "[permissions]\nallowed_hosts = ['a.com']",
        "allowed_hosts = ['a.com']",
        "[network]\nallowed_hosts = ['a.com']",
        "[permissions.netwrok]\nallowed_hosts = ['a.com']",
        "[[permissions.network]]\nallowed_hosts = ['a.com']",
        "[[permissions]]\nnetwork = { allowed_hosts = ['a.com'] }",
        "[permissions.network]\nallowed_hosts = 5",
        "[permissions.network]\nallowed_hosts = { a = 1 }",
        "[permissions.network]\nallowed_hosts = ['https://a.com/']",
        "[permissions.network]\nallowed_hosts = [1, ' ']",
    ] {
        let (manifest, problems) = with(rest);
        assert_eq!(manifest.allowed_hosts, Some(vec![]), "{rest}: {problems:?}");
        assert!(!problems.is_empty(), "{rest}");
    }
    let (manifest, _) = with("[permissions.network]\nallowed_hosts = 'A.com'");
    assert_eq!(manifest.allowed_hosts, Some(vec!["a.com".into()]), "one host without its brackets");
    let (manifest, _) = with("[permissions.network]\nallowed_hosts = ['a.com']\nallowed_host = ['b.com']");
    assert_eq!(manifest.allowed_hosts, Some(vec!["a.com".into()]), "what is right holds");
    assert_eq!(with("[permissions]\nmemory = 'minimul'").0.memory, Some(16 << 20), "the tier that was meant");
}

#[test]
fn f27_nodes_are_compared_with_the_file() {
    let text = r#"[{"name":"math_add","friendly_name":"Add"},{"name":"other","friendly_name":"Other"}]"#;
    let (definitions, _) = crate::definition::parse(text).expect("definitions");
    let compared = |nodes: &str| {
        let told = with(nodes).0.compare(&definitions);
        told.into_iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect::<Vec<_>>()
    };
    assert_eq!(compared(""), [] as [&str; 0], "a manifest without entries says nothing");
    assert_eq!(compared("[[nodes]]\nid = 'math_add'\n[[nodes]]\nid = 'x'\nname = 'Other'"), [] as [&str; 0]);
    let told = compared("[[nodes]]\nid = 'math_ad'\n[[nodes]]\nid = 'other'");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("node-not-defined") && told[0].contains("did you mean \"math_add\"?"), "{told:?}");
    assert!(told[1].starts_with("node-not-listed") && told[1].contains("\"math_add\""), "{told:?}");
    let many: String = (0..900).map(|at| format!("[[nodes]]\nid = 'n{at}'\n")).collect();
    assert!(compared(&many).len() <= 11, "bounded");
}

#[test]
fn f27_the_other_name_is_read_where_it_is_ours() {
    let id = |root: &tempfile::TempDir| {
        let found = Manifest::find(&root.path().join("build/node.wasm")).expect("readable");
        found.map(|(manifest, problems)| (manifest.id.unwrap_or_default(), problems))
    };
    let ours = tree(&["manifest.toml=manifest_version = 1\nid = 'docs'", "build/node.wasm"]);
    assert_eq!(id(&ours).expect("found").0, "docs");
    assert_eq!(find_builds(ours.path()).expect("one").len(), 1, "and makes the folder a project");
    let gleam = tree(&["manifest.toml=packages = []", "build/node.wasm"]);
    assert_eq!(id(&gleam), None, "another tool's file");
    let both =
        tree(&["manifest.toml=manifest_version = 1\nid = 'docs'", "flow-like.toml=id = 'own'", "build/node.wasm"]);
    let (own, problems) = id(&both).expect("found");
    assert_eq!(own, "own");
    assert!(problems.iter().any(|problem| problem.code == "second-manifest"), "{problems:?}");
}

#[test]
fn f17_what_is_not_toml_is_refused_with_line_column_and_text() {
    let error =
        Manifest::parse(Path::new("p/manifest.toml"), "a = 1\n  memory = \n").expect_err("not TOML").to_string();
    assert!(error.starts_with("manifest.toml: it is not TOML"), "{error}");
    assert!(error.contains("line 2, column 1") && error.contains("\"memory =\""), "{error}");
    assert_eq!(
        parse("\u{feff}manifest_version = 1\nid='a'\nname='b'\nversion='c'").1,
        [] as [&str; 0],
        "a mark is no text"
    );
    let root = tree(&["flow-like.toml"]);
    let path = root.path().join("flow-like.toml");
    for (bytes, part) in [(&b"\xff\xfei\0d\0"[..], "UTF-16"), (b"id = 'a'\nname = '\xe9'", "line 2")] {
        std::fs::write(&path, bytes).expect("written");
        let error = Manifest::read(&path).expect_err("not UTF-8").to_string();
        assert!(error.contains(part), "{error}");
    }
}
