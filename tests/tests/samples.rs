//! Every sample node is built with the command that its README gives, and run.

mod samples {
    mod assemblyscript_units;
    mod rust_fetch_json;
    mod rust_redis_ping;
    mod rust_word_stats;

    /// A sample without a module here has no test.
    const TESTED: [&str; 4] = ["assemblyscript-units", "rust-fetch-json", "rust-redis-ping", "rust-word-stats"];

    #[test]
    fn every_sample_has_a_test_and_a_readme() {
        let folder = support::repository().join("sample-nodes");
        let mut found: Vec<String> = std::fs::read_dir(&folder)
            .expect("the samples are there")
            .map(|entry| entry.expect("an entry can be read").path())
            .filter(|path| path.is_dir())
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
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
