//! Which files are one, and which are not.

use super::*;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn rust() -> Origin {
    Origin {
        kind: "component".into(),
        languages: names(&["Rust"]),
        tools: names(&["rustc", "wit-component"]),
        project: Some("com.example.ping".into()),
        title: "Ping".into(),
        category: "Network".into(),
        pins: names(&["Input host: String", "Input port: Integer", "Output reply: String"]),
    }
}

#[test]
fn f44_a_rebuild_of_the_project_is_the_same_file() {
    let same = |change: &dyn Fn(&mut Origin)| {
        let mut now = rust();
        change(&mut now);
        assert_eq!(rust().difference(&now), None, "{now:?}");
    };
    same(&|_| {});
    same(&|now| now.pins.push("Input timeout: Integer".into()));
    same(&|now| now.pins.truncate(1));
    same(&|now| now.pins = names(&["Input a: String", "Input port: Integer", "Output b: Struct"]));
    same(&|now| now.title = "Ping a server".into());
    same(&|now| now.category = "Tools".into());
    same(&|now| now.tools.push("wasm-opt".into()));
    same(&|now| now.tools = names(&["wit-component"]));
    same(&|now| now.project = None);
}

#[test]
fn f44_another_file_is_told_with_what_differs() {
    let told = |change: &dyn Fn(&mut Origin), words: &str| {
        let mut now = rust();
        change(&mut now);
        let difference = rust().difference(&now).unwrap_or_else(|| panic!("another file: {now:?}"));
        assert!(difference.contains(words), "{difference}");
        assert!(now.difference(&rust()).is_some(), "and the way back");
    };
    told(&|now| now.kind = "core".into(), "was a component in Rust; it is now a core module in Rust");
    told(&|now| now.languages = names(&["C11", "Rust"]), "it is now a component in C11, Rust");
    told(&|now| now.languages.clear(), "it is now a component made by rustc, wit-component");
    told(&|now| now.tools = names(&["clang"]), "it is now a component in Rust, made by clang");
    told(
        &|now| {
            now.tools.clear();
            now.languages.clear();
        },
        "it is now a component that does not say what made it",
    );
    told(&|now| now.project = Some("other".into()), "it now belongs to \"other\"");
    told(
        &|now| {
            now.title = "Pong".into();
            now.pins = names(&["Input text: String"]);
        },
        "this node was \"Ping\" in \"Network\" with Input host: String",
    );
}

#[test]
fn f44_a_file_that_says_nothing_is_one_only_with_its_like() {
    let silent = || Origin { kind: "core".into(), title: "N".into(), category: "C".into(), ..Origin::default() };
    assert_eq!(silent().difference(&silent()), None);
    let other = Origin { title: "M".into(), category: "D".into(), ..silent() };
    assert!(silent().difference(&other).is_some());
    assert!(silent().difference(&rust()).is_some());
}
