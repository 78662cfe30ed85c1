use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::files::Folders;
use super::*;
use crate::build::output::Output;

/// What is found in an output, as it comes from a process.
fn found(bytes: &[u8], folder: &Path) -> Problems {
    let mut output = Output::default();
    output.print(bytes);
    output.finish();
    let parser = output.parser();
    parser.problems(&Folders::new(folder, "make", parser.entered()))
}

fn words(problems: &Problems) -> Vec<String> {
    let word = |Diagnostic { severity, message, tool, place, .. }: &Diagnostic| {
        let place = place.as_ref().map_or_else(String::new, |place| format!("{place} "));
        format!("{} {tool} {place}{message}", severity.name())
    };
    problems.list.iter().map(word).collect()
}

fn in_nothing(text: &str) -> Vec<String> {
    words(&found(text.as_bytes(), Path::new("/nowhere")))
}

macro_rules! outputs {
    ($($name:literal: [$($expected:literal),* $(,)?],)*) => {
        [$(($name, include_bytes!(concat!("outputs/", $name, ".txt")).as_slice(), &[$($expected),*][..])),*]
    };
}

#[test]
fn f36_each_tools_errors_have_their_places() {
    let outputs: [(&str, &[u8], &[&str]); 39] = outputs! {
        "cargo": [
            "error rustc member/src/main.rs:3:18 mismatched types",
            "error rustc member/src/main.rs:4:5 cannot find function `missing` in this scope",
        ],
        "cargo-short": [
            "error rustc member/src/main.rs:3:18 mismatched types: expected `u32`, found `&str`",
            "error rustc member/src/main.rs:4:5 cannot find function `missing` in this scope: not found in this scope",
        ],
        "cargo-macro": [
            "error rustc member/src/main.rs:1:26 inside",
            "error rustc member/src/main.rs:3:18 1 positional argument in format string, but no arguments were given",
        ],
        "cargo-test": ["error rust member/src/main.rs:2:17 assertion `left == right` failed"],
        "cargo-warnings": [
            "warning rustc member/src/main.rs:2:9 unused variable: `unused`",
            "warning rustc member/src/main.rs:3:9 unused variable: `other`",
        ],
        "cargo-manifest": ["error cargo Cargo.toml:5:7 string values must be quoted, expected literal string"],
        "go": [
            "error go sub/s.go:2:23 cannot use \"x\" (untyped string constant) as int value in return statement",
            "error go ./main.go:2:8 \"fmt\" imported and not used",
            "error go ./main.go:4:2 declared and not used: x",
            "error go ./main.go:5:6 declared and not used: s",
            "error go ./main.go:5:17 cannot use 2 (untyped int constant) as string value in variable declaration",
            "error go ./main.go:6:2 undefined: undefined_fn",
        ],
        "go-vet": [
            "error go sub/s.go:2:23 cannot use \"x\" (untyped string constant) as int value in return statement",
            "error go ./main.go:5:17 cannot use 2 (untyped int constant) as string value in variable declaration",
        ],
        "gcc": [
            "error cc h.h:1:31 expected ‘;’ before ‘}’ token",
            "error cc a.c:4:10 ‘undeclared’ undeclared (first use in this function)",
            "error cc a.c:4:23 too many arguments to function ‘f’",
            "warning cc a.c:3:7 unused variable ‘u’ [-Wunused-variable]",
        ],
        "gcc-colour": [
            "error cc h.h:1:31 expected ‘;’ before ‘}’ token",
            "error cc a.c:4:10 ‘undeclared’ undeclared (first use in this function)",
            "error cc a.c:4:23 too many arguments to function ‘f’",
            "warning cc a.c:3:7 unused variable ‘u’ [-Wunused-variable]",
        ],
        "make": [
            "error cc h.h:1:31 expected ‘;’ before ‘}’ token",
            "error cc a.c:4:10 ‘undeclared’ undeclared (first use in this function)",
            "error cc a.c:4:23 too many arguments to function ‘f’",
        ],
        "g++": [
            "error cc t.cpp:4:44 no matching function for call to ‘std::vector<int>::push_back(std::string)’",
            "error cc t.cpp:3:34 request for member ‘nope’ in ‘t’, which is of non-class type ‘int’",
        ],
        "ld": ["error cc /home/user/node/c dir/l.c:1 undefined reference to `g'"],
        "wasm-ld": [
            "error wasm-ld /home/user/.cache/zig/o/3993c475fd821ef5bfa006d59ba1ee1c/l.o: undefined symbol: nope",
        ],
        "clang": ["error cc a.c:1:25 use of undeclared identifier 'undeclared'", "warning cc a.c:2:2 hi [-W#warnings]"],
        "zig": ["error zig src/main.zig:3:5 use of undeclared identifier 'missing'"],
        "zig-build": ["error zig src/main.zig:3:5 use of undeclared identifier 'missing'"],
        "javac": [
            "error javac A.java:2 incompatible types: String cannot be converted to int",
            "error javac A.java:3 cannot find symbol",
        ],
        "python": ["error python /home/user/node/py/a.py:2 ZeroDivisionError: division by zero"],
        "python-syntax": ["error python /home/user/node/py/b.py:1 SyntaxError: invalid syntax"],
        "python-chain": [
            "error python /home/user/node/py/c.py:2 ValueError: invalid literal for int() with base 10: 'x'",
            "error python /home/user/node/py/c.py:4 RuntimeError: wrapped",
        ],
        "asc": [
            "error asc assembly/index.ts:2:19 Type 'i32' is not assignable to type '~lib/string/String'.",
            "error asc assembly/index.ts:3:10 Cannot find name 'missing'.",
        ],
        "tsc": [
            "error tsc assembly/index.ts:1:24 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:1:32 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:1:38 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:3:10 TS2304: Cannot find name 'missing'.",
        ],
        "tsc-pretty": [
            "error tsc assembly/index.ts:1:24 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:1:32 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:1:38 TS2304: Cannot find name 'i32'.",
            "error tsc assembly/index.ts:3:10 TS2304: Cannot find name 'missing'.",
        ],
        "esbuild": ["error esbuild src/a.ts:2:10 Unexpected \";\""],
        "npm-run": ["error npm Missing script: \"nope\""],
        "node-syntax": ["error node /home/user/node/js/s.js:1 SyntaxError: Unexpected token ';'"],
        "node-missing": ["error node Error: Cannot find module './nope'"],
        "nim": [
            "warning nim /home/user/node/src/main.nim:3:7 imported and not used: 'strutils' [UnusedImport]",
            "error nim /home/user/node/src/main.nim:5:3 undeclared identifier: 'missing'",
            "error nim /home/user/node/src/other.nim:4:10 type mismatch: got <string> but expected 'int'",
        ],
        "nim-check": [
            "error nim /home/user/node/nim/main.nim:4:12 type mismatch: got 'string' for '\"x\"' but expected 'int'",
            "error nim /home/user/node/nim/main.nim:5:1 undeclared identifier: 'missing'",
            "error nim /home/user/node/nim/main.nim:5:8 attempting to call routine: 'missing'",
            "error nim /home/user/node/nim/main.nim:5:8 attempting to call undeclared routine: 'missing'",
            "warning nim /home/user/node/nim/main.nim:1:8 imported and not used: 'strutils' [UnusedImport]",
        ],
        "kotlinc": [
            "warning build language version 2.2 is deprecated",
            "error kotlinc src/Main.kt:3:5 unresolved reference 'missing'.",
            "warning kotlinc src/Main.kt:7:9 variable 'x' is never used",
        ],
        "gradle": [
            "error kotlinc /home/user/node/src/wasmWasiMain/kotlin/Main.kt:3:5 Unresolved reference 'missing'.",
            "warning kotlinc /home/user/node/src/wasmWasiMain/kotlin/Main.kt:9:13 Variable 'x' is never used",
            "error kotlinc /home/user/node/src/Old.kt:12:8 Expecting member declaration",
        ],
        "maven": [
            "error javac /home/user/node/src/main/java/A.java:2:20 incompatible types: String cannot be converted to int",
            "warning javac /home/user/node/src/main/java/A.java:9:8 [deprecation] d() in A has been deprecated",
        ],
        "swiftc": [
            "error swiftc /home/user/node/Sources/Node/main.swift:3:5 cannot find 'missing' in scope",
            "warning swiftc /home/user/node/Sources/Node/main.swift:1:5 variable 'x' was never used; consider replacing with '_' or removing it",
        ],
        "moon": [
            "error moon /home/user/node/src/main.mbt:3:5 The value identifier missing is unbound.",
            "warning moon /home/user/node/src/main.mbt:2:7 Warning: Unused variable 'x'",
        ],
        "grain": ["error grain src/node.gr:3:2 Error: Unbound value missing. Did you mean missed?"],
        "windows": [
            "error cc C:\\Users\\Jo Doe\\node\\src\\main.c:4:10 use of undeclared identifier 'x'",
            "error cc C:/node/b.c:4:10 C2065: 'x': undeclared identifier",
            "error csc src\\Program.cs:3:5 CS0103: The name 'x' does not exist in the current context [C:\\node\\node.csproj]",
        ],
        "no-tool": ["error sh asc: not found"],
        "luac": ["error lua src/node.lua:7 unexpected symbol near '='"],
    };
    for (name, bytes, expected) in outputs {
        let problems = found(bytes, Path::new("/nowhere"));
        assert_eq!(words(&problems), expected, "{name}");
        assert_eq!(problems.errors + problems.warnings, expected.len() as u64, "{name} is counted");
        // As a tool for Windows, or one behind a terminal, would print it.
        let with_returns = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\n', "\r\n");
        assert_eq!(words(&found(with_returns.as_bytes(), Path::new("/nowhere"))), expected, "{name} with CRLF");
    }
}

#[test]
fn f36_more_forms_of_the_same_families() {
    let cases = [
        ("a b/c (1).ts(3,5): error TS1: no", "error tsc a b/c (1).ts:3:5 TS1: no"),
        (
            "ä/größe.c:3:5: fatal error: x.h: No such file or directory",
            "error cc ä/größe.c:3:5 x.h: No such file or directory",
        ),
        ("Main.hs:3:5: error: [GHC-88464]\n    Variable not in scope: x", "error build Main.hs:3:5 [GHC-88464]"),
        ("Main.hs:3:5: error:\n\n    Variable not in scope: x", "error build Main.hs:3:5 Variable not in scope: x"),
        ("thread 'main' (7) panicked at build.rs:2:5:\nno key", "error rust build.rs:2:5 no key"),
        ("thread 'main' panicked at 'no key', build.rs:2:5", "error rust build.rs:2:5 no key"),
        ("error: x\n     --> a.wat:1:2", "error wasm-tools a.wat:1:2 x"),
        ("npm ERR! code ELIFECYCLE\nnpm ERR! errno 2\nnpm ERR! x@1.0.0 build: `tsc`", "error npm x@1.0.0 build: `tsc`"),
        ("/bin/sh: line 1: moon: command not found", "error sh moon: command not found"),
        ("ninja: Entering directory `out'\nx.c:1:1: error: y", "error cc x.c:1:1 y"),
        (
            "ERROR in ./src/a.ts:3:5\nTS2304: Cannot find name 'x'.",
            "error webpack ./src/a.ts:3:5 TS2304: Cannot find name 'x'.",
        ),
        (
            "make: *** No rule to make target 'x.c', needed by 'all'.  Stop.",
            "error make No rule to make target 'x.c', needed by 'all'.  Stop.",
        ),
        ("error TS5023: Unknown compiler option '--x'.", "error build Unknown compiler option '--x'."),
        ("Makefile:3: *** missing separator.  Stop.", "error make Makefile:3 missing separator.  Stop."),
        ("error: failed to select a version for `x`", "error build failed to select a version for `x`"),
        ("error: linking\n\nwarning: other", "error build linking|warning build other"),
    ];
    for (text, expected) in cases {
        assert_eq!(in_nothing(text).join("|"), expected, "{text:?}");
    }
}

#[test]
fn what_only_looks_like_an_error_is_none() {
    for text in [
        "0 errors, 0 warnings",
        "test error_is_told ... ok",
        "   Compiling thiserror v2.0.1",
        "12:30:45 build started",
        "http://localhost:8080: listening",
        "a.c:3:5: note: declared here",
        "INFO: see https://x.example/a.ts:3:5",
        "go: downloading example.com/x v1.0.0",
        "at last: 5",
    ] {
        assert_eq!(in_nothing(text), [] as [&str; 0], "{text:?}");
    }
}

#[test]
fn f36_paths_lead_to_files_of_the_project_and_its_workspace() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    let write = |path: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(&path, "").expect("writable");
        path
    };
    write("Cargo.toml");
    let member = write("member/src/main.rs");
    let blanks = write("member/web app/src/a b.ts");
    let entered = write("member/sub/deep/x.c");
    let project = root.join("member");
    let path = |text: &str, command: &str| {
        let mut output = Output::default();
        output.print(text.as_bytes());
        output.finish();
        let parser = output.parser();
        let problems = parser.problems(&Folders::new(&project, command, parser.entered()));
        problems.list.first().and_then(|first| first.place.clone()).and_then(|place| place.path)
    };
    let rustc = "error: x\n --> member/src/main.rs:3:18\n";
    assert_eq!(path(rustc, "cargo build"), Some(member.clone()), "from the root of the workspace");
    assert_eq!(path("error: x\n --> src/main.rs:3:18\n", "cargo build"), Some(member.clone()), "from the folder");
    let whole = format!("{}:3: error: x\n", member.display());
    assert_eq!(path(&whole, "make"), Some(member.clone()), "in full");
    assert_eq!(path("file://nowhere/x.rs:3:1: error: x\n", "make"), None);
    let tsc = "src/a b.ts(3,5): error TS1: x\n";
    assert_eq!(path(tsc, "cd \"web app\" && tsc"), Some(blanks.clone()), "from where the command goes");
    assert_eq!(path("src\\a b.ts(3,5): error TS1: x\n", "cd 'web app'; tsc"), Some(blanks), "with backslashes");
    let make = "make: Entering directory 'sub/deep'\nx.c:1:1: error: y\n";
    assert_eq!(path(make, "make"), Some(entered), "from where make went");
    // The innermost frame of the project's own is the place, not the library's that raised.
    write("member/.venv/lib/site-packages/lib.py");
    let own = write("member/gen.py");
    let trace = "Traceback (most recent call last):\n  File \"gen.py\", line 9, in <module>\n    x()\n  \
                 File \".venv/lib/site-packages/lib.py\", line 2, in x\n    raise\nKeyError: 'x'\n";
    assert_eq!(path(trace, "python gen.py"), Some(own));
}

#[test]
fn f36_only_own_files_become_links() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    fs::write(root.join("a.c"), "").expect("writable");
    fs::create_dir(root.join("d.c")).expect("writable");
    symlink("/proc/1/status", root.join("s.c")).expect("writable");
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("f.c"), rustix::fs::Mode::RUSR).expect("writable");
    let folders = Folders::new(&root, "make", &[]);
    for (text, expected) in [
        ("a.c:1:2: error: x", 1),
        ("see a.c:1:2, and a.c(3,4) or (a.c:5)", 3),
        ("missing.c:1:2: error: x", 0),
        ("d.c:1:2: a folder", 0),
        ("f.c:1:2: a pipe", 0),
        ("/dev/null:1:2: a device", 0),
        ("a.c without a line", 0),
        ("../../../../../../../../etc/hosts\u{0}:1:2", 0),
        ("http://a.c:80", 0),
    ] {
        let found = links(7, text, &folders);
        assert_eq!(found.len(), expected, "{text:?}: {found:?}");
        for link in found {
            assert_eq!(link.place.path.as_deref(), Some(root.join("a.c").as_path()), "{text:?}");
            assert!(text[link.range].starts_with("a.c"), "{text:?}");
        }
    }
    if rustix::process::geteuid().as_raw() != 0 {
        assert_eq!(links(0, "s.c:1:2: x", &folders), [], "a link out of the folder to another's file");
    }
}

#[test]
fn f36_floods_are_bounded_and_counted() {
    let mut text = String::new();
    for number in 0..20_000 {
        text.push_str(&format!("a.c:{number}:1: warning: w\nprogress {number}\n"));
    }
    text.push_str("b.c:1:1: error: the one that counts\n");
    text.push_str(&format!("c.c:1:1: error: {}\n", "é".repeat(100_000)));
    text.push_str(&"x".repeat(1_000_000));
    let problems = found(text.as_bytes(), Path::new("/nowhere"));
    assert_eq!((problems.errors, problems.warnings), (2, 20_000));
    assert_eq!(problems.list.len(), MAX_WARNINGS + 2);
    assert_eq!(problems.first_error().map(|first| first.message.as_str()), Some("the one that counts"));
    assert!(problems.list.iter().all(|one| one.message.chars().count() <= MAX_MESSAGE + 1));
    let same = "a.c:1:1: error: again\n".repeat(50_000);
    let problems = found(same.as_bytes(), Path::new("/nowhere"));
    assert_eq!((problems.list.len(), problems.errors), (1, 1), "one problem told often is one");
}

proptest! {
    #[test]
    fn any_output_is_read(text in "[a-c:0-9 ()\\[\\],./\\-\\n>│╭─\"errorwarningFile]{0,300}") {
        let problems = found(text.as_bytes(), Path::new("/nowhere"));
        prop_assert!(problems.list.len() as u64 <= problems.errors + problems.warnings);
        for (range, file, ..) in text.lines().flat_map(forms::places) {
            prop_assert!(!range.is_empty() && !file.is_empty());
        }
    }
}
