use runtime::definition::DataType;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::{Value, json};
use support::{Bench, Finished, bench, nodes};

async fn call(bench: &Bench, node: &str, inputs: Value) -> Finished {
    let package = bench.load(nodes::sample("rust-notebook")).await;
    bench.run(&package).node(node).inputs(inputs).await
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_kept_found_and_read() {
    let bench = bench();
    let mut paths = Vec::new();
    for (written, title, date) in [
        (1, "Grüße, 世界!", "2026-02-28"),
        (2, "../../etc/passwd", "2025-12-31T23:59:59+02:00"),
        (3, "Last one", "2026-11-24 08:00"),
    ] {
        let inputs = json!({ "title": title, "text": "line 1\n\nline 2", "date": date });
        let note = call(&bench, "write_note", inputs).await.ok();
        assert_eq!((note.output("written"), note.output("replaced")), (json!(written), json!(false)), "{title}");
        assert!(note.asked_for_nothing(), "{:?}", note.decisions());
        paths.push(note.output("path"));
    }
    let names: Vec<&str> = paths.iter().filter_map(|path| path.as_str()?.rsplit('/').next()).collect();
    assert_eq!(names, ["2026-02-28 grüße-世界.md", "2025-12-31 etc-passwd.md", "2026-11-24 last-one.md"]);

    // What was written outlives the program.
    let bench = bench.reopened();
    let listed = call(&bench, "list_notes", json!({})).await.ok();
    assert_eq!(listed.output("paths"), json!([paths[1], paths[0], paths[2]]), "oldest first");
    assert_eq!((listed.output("newest"), listed.output("read")), (json!("2026-11-24"), json!(0)), "titles are cached");
    let since = call(&bench, "list_notes", json!({ "since": "2026-02-28T12:00:00Z" })).await.ok();
    let title = paths[0].as_str().map(|path| since.output("titles")[path].clone());
    assert_eq!((since.output("paths"), title), (json!([paths[0], paths[2]]), Some(json!("Grüße, 世界!"))));

    let read = call(&bench, "read_note", json!({ "path": paths[1] })).await.ok();
    assert_eq!(read.output("title"), "../../etc/passwd");
    assert_eq!((read.output("text"), read.output("date")), (json!("line 1\n\nline 2"), json!("2025-12-31")));
    let again = json!({ "title": "Last one", "text": "other", "date": "2026-11-24" });
    assert_eq!(call(&bench, "write_note", again).await.ok().output("replaced"), true);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cache_every_note_is_read() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-notebook")).await;
    for title in ["one", "two"] {
        call(&bench, "write_note", json!({ "title": title })).await.ok();
    }
    let listed = bench.run(&node).node("list_notes").deny("cache").await.ok();
    assert_eq!((listed.output("read"), listed.denied()), (json!(2), vec![Capability::Cache]));
    let titles = listed.output("titles");
    let titles: Vec<_> = titles.as_object().expect("a map").values().collect();
    assert_eq!(titles, ["one", "two"], "those of today, by name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-notebook")).await;
    for (name, pin, kind) in [("write_note", "date", DataType::Date), ("list_notes", "paths", DataType::PathBuf)] {
        let definition = node.definition(name).expect("defined");
        assert!(definition.pins.iter().any(|one| one.name == pin && one.data_type == kind), "{name}.{pin}");
    }

    let undated = call(&bench, "write_note", json!({ "date": "24.11.2026" })).await.ended(Status::Error);
    assert_eq!(undated.error(), "\"24.11.2026\" is no date; write one such as 2026-02-28");
    let nameless = call(&bench, "write_note", json!({ "title": "?!" })).await.ended(Status::Error);
    assert_eq!(nameless.error(), "a title needs a letter or a digit");
    let missing = call(&bench, "read_note", json!({ "path": "notes/none.md" })).await.ok();
    assert_eq!(missing.fired(), ["missing"]);
    let outside = call(&bench, "read_note", json!({ "path": "../../../etc/passwd" })).await.ok();
    assert_eq!(outside.fired(), ["missing"], "the host lets no path out of the storage");
    let denied = bench.run(&node).node("write_note").deny("storage").await.ended(Status::Error);
    assert_eq!(denied.error(), "there is no storage, or it may not be used");
}
