//! Remembered answers and the files that they were given to: rebuilt, replaced, copied, linked.

use runtime::permission::prompter::Scripted;
use runtime::permission::{Answer, Capability, Lifetime};
use serde_json::json;
use support::{Bench, bench, nodes};

/// A core module with this node's name that asks for HTTP.
fn core(name: &str, title: &str, permissions: &str) -> String {
    let definition = format!(
        r#"{{\"name\":\"{name}\",\"friendly_name\":\"{title}\",\"category\":\"{title}\",\"permissions\":[{permissions}]}}"#
    );
    format!(
        r#"(module
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 3)
            (data (i32.const 16) "http://127.0.0.1:9/")
            (data (i32.const 80) "{{}}")
            (data (i32.const 1024) "{definition}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {length})))
            (func (export "run") (param i32 i32) (result i64)
                (drop (call $request (i32.const 0) (i32.const 16) (i32.const 19) (i32.const 80) (i32.const 2)
                    (i32.const 0) (i32.const 0)))
                (i64.const 0)))"#,
        length = definition.replace('\\', "").len(),
    )
}

/// Runs what lies at the path; gives how often it was asked for HTTP, and what the last question said of a change.
async fn asked(bench: &Bench, path: &std::path::Path, name: &str, answer: Answer) -> (usize, Option<String>) {
    let node = bench.load(path).await;
    let script = Scripted::always(answer);
    let inputs = json!({ "url": "http://127.0.0.1:9/" });
    bench.run(&node).node(name).inputs(inputs).ask(script.clone()).await;
    let questions = script.questions();
    let http: Vec<_> = questions.iter().filter(|asked| asked.request.capability == Capability::Http).collect();
    (http.len(), http.last().and_then(|question| question.changed.clone()))
}

const ALWAYS: Answer =
    Answer { decision: runtime::permission::Decision::Allow, scope: 1, lifetime: Lifetime::Always, stop_run: false };

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_core_module_in_the_place_of_a_component_is_asked() {
    for permissions in ["", r#"\"network:http\""#] {
        let bench = bench();
        let component = std::fs::read(nodes::rust("net")).expect("built");
        let path = bench.file("node.wasm", &component);
        assert_eq!(asked(&bench, &path, "http_get", ALWAYS).await.0, 1);
        assert_eq!(asked(&bench, &path, "http_get", ALWAYS).await.0, 0, "remembered");

        let foreign = wat::parse_str(core("http_get", "Prices", permissions)).expect("a module");
        std::fs::write(&path, foreign).expect("replaced");
        let (count, changed) = asked(&bench, &path, "http_get", Answer::DENY).await;
        assert_eq!(count, 1, "another file is asked, whatever it declares: \"{permissions}\"");
        let changed = changed.expect("the difference is told");
        assert!(
            changed.contains("was a component in") && changed.contains("Rust; it is now a core module"),
            "{changed}"
        );

        std::fs::write(&path, &component).expect("restored");
        let bench = bench.reopened();
        assert_eq!(asked(&bench, &path, "http_get", ALWAYS).await.0, 0, "the right one is still remembered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_rebuild_is_not_asked_and_another_node_is() {
    let bench = bench();
    let path = bench.file("node.wat", core("prices", "Prices", ""));
    assert_eq!(asked(&bench, &path, "prices", ALWAYS).await.0, 1);
    // Other bytes of the same node.
    bench.file(
        "node.wat",
        core("prices", "Prices", "").replace("(memory (export \"memory\") 3)", "(memory (export \"memory\") 4)"),
    );
    assert_eq!(asked(&bench, &path, "prices", ALWAYS).await.0, 0, "a rebuild");
    bench.file("node.wat", core("prices", "Holiday snaps", ""));
    let (count, changed) = asked(&bench, &path, "prices", ALWAYS).await;
    assert_eq!(count, 1, "another node of that name");
    assert!(changed.expect("told").contains("this node was \"Prices\""));
    assert_eq!(asked(&bench, &path, "prices", ALWAYS).await.0, 0, "it is asked once");
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_copies_and_moved_files_start_with_nothing() {
    let bench = bench();
    let path = bench.file("node.wat", core("prices", "Prices", ""));
    assert_eq!(asked(&bench, &path, "prices", ALWAYS).await.0, 1);
    let copy = bench.file("copy/node.wat", core("prices", "Prices", ""));
    assert_eq!(asked(&bench, &copy, "prices", ALWAYS).await.0, 1, "a copy");
    let moved = bench.folder().join("moved.wat");
    std::fs::rename(&path, &moved).expect("moved");
    assert_eq!(asked(&bench, &moved, "prices", ALWAYS).await.0, 1, "a moved file");
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_link_is_what_it_leads_to() {
    let bench = bench();
    let good = bench.file("good.wat", core("prices", "Prices", ""));
    let bad = bench.file("bad.wat", core("prices", "Prices", ""));
    let link = bench.folder().join("link.wat");
    std::os::unix::fs::symlink(&good, &link).expect("linked");
    assert_eq!(asked(&bench, &link, "prices", ALWAYS).await.0, 1);
    std::fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink(&bad, &link).expect("linked");
    let (count, _) = asked(&bench, &link, "prices", Answer::DENY).await;
    assert_eq!(count, 1, "an answer for one file is none for another that the link leads to later");
}
