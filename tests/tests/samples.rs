//! Every sample node is built with the command that its README gives, and run.

mod samples {
    mod assemblyscript_units;
    mod cpp_csv_to_json;
    mod csharp_text_diff;
    mod go_regex_extract;
    mod grain_anagrams;
    mod java_checks;
    mod kotlin_invoice;
    mod lua_template;
    mod moonbit_life;
    mod nim_date_span;
    mod python_table_summary;
    mod rust_echo_server;
    mod rust_fetch_json;
    mod rust_net_tools;
    mod rust_notebook;
    mod rust_overreach;
    mod rust_redis_ping;
    mod rust_talk;
    mod rust_thumbnail;
    mod rust_word_stats;
    mod swift_slug;
    mod typescript_json_query;
    mod zig_checksums;

    /// A sample without a module here has no test.
    const TESTED: &[&str] = &[
        "assemblyscript-units",
        "cpp-csv-to-json",
        "csharp-text-diff",
        "go-regex-extract",
        "grain-anagrams",
        "java-checks",
        "kotlin-invoice",
        "lua-template",
        "moonbit-life",
        "nim-date-span",
        "python-table-summary",
        "rust-echo-server",
        "rust-fetch-json",
        "rust-net-tools",
        "rust-notebook",
        "rust-overreach",
        "rust-redis-ping",
        "rust-talk",
        "rust-thumbnail",
        "rust-word-stats",
        "swift-slug",
        "typescript-json-query",
        "zig-checksums",
    ];

    /// A sample that carries the contract of components carries the whole of it.
    fn same_contract(sample: &str) {
        let path = |path: &str| support::repository().join(path).join("wit/flow-like-node.wit");
        let read = |folder: &str| std::fs::read_to_string(path(folder)).expect("the contract can be read");
        let same = read(&format!("sample-nodes/{sample}")) == read("");
        assert!(same, "the contract in \"{sample}\" is not that in \"wit\"; copy it");
    }

    /// What a sample says of itself where no test can build it: the README names the pins of the sources, and owns up.
    fn told_but_not_built(sample: &str, file: &str) {
        let [told, declared] = support::nodes::sample_pins(sample, file);
        assert!(told.len() > 3, "the README of \"{sample}\" has a table of pins: {told:?}");
        assert_eq!(told, declared, "the README of \"{sample}\" and its sources have the same pins");
        let readme = support::repository().join("sample-nodes").join(sample).join("README.md");
        let readme = std::fs::read_to_string(readme).expect("a README");
        assert!(readme.contains("**Not built by this project's tests**"), "\"{sample}\" says that it is not built");
    }

    #[test]
    fn every_sample_has_a_test_and_a_readme() {
        let folder = support::repository().join("sample-nodes");
        let mut found: Vec<String> = std::fs::read_dir(&folder)
            .expect("the samples are there")
            .map(|entry| entry.expect("an entry can be read").path())
            .filter(|path| path.is_dir())
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect();
        found.sort();
        assert_eq!(found, TESTED, "each folder has a module of its name in tests/tests/samples");
        for name in TESTED {
            let command = support::nodes::sample_command(name).expect("a manifest with its build command");
            let readme = std::fs::read_to_string(folder.join(name).join("README.md"))
                .unwrap_or_else(|error| panic!("\"{name}\" has no README.md: {error}"));
            assert!(readme.contains(&command), "the README of \"{name}\" gives the command `{command}`");
        }
    }
}
