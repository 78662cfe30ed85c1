//! Rows that lie together in the file are found and read as if each lay by itself.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::record::block::{Block, StoredBlock, each_block};
use crate::record::encode::{Extra, Row};
use crate::record::file;

fn row((kind, level, name, text): (usize, u8, Option<String>, String)) -> Row {
    let (kind, level) = (RowKind::ALL[kind], Level::from_number(level));
    Row { at: 7, kind, level, source: LogSource::Node, name, text, extra: Extra::None }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let columns = (0..RowKind::ALL.len(), 0..5_u8, proptest::option::of("[abA]{0,3}"), "[abABäÄ\n]{0,6}");
    vec(columns.prop_map(row), 0..700)
}

/// A record with these rows in one run, written in batches as long as they come.
fn written(rows: &[Row], batches: &[usize]) -> (tempfile::TempDir, Record) {
    let folder = folder();
    let path = folder.path().join(FILE);
    let (mut connection, _) = file::open_or_set_aside(&path).expect("a record");
    let transaction = connection.transaction().expect("begun");
    transaction
        .execute_batch(
            "INSERT INTO runs (number, id, file, node, build, started_at, inputs, masked, limits, allow, deny)
             VALUES (1, 'before', '', '', '', 0, '', '', '', '', ''), (2, 'r', '', '', '', 0, '', '', '', '', '')",
        )
        .expect("two runs");
    let mut block = Block::default();
    block.push(&row((0, 4, None, "ab of another run".into())));
    block.write(&transaction, (1 << 32) + 1).expect("written");
    let mut batches = batches.iter().copied().cycle();
    let mut left = batches.next().unwrap_or(usize::MAX);
    for (position, row) in (2_i64 << 32..).zip(rows) {
        block.push(row);
        left = left.saturating_sub(1);
        if left == 0 || block.is_full() {
            block.write(&transaction, position + 1).expect("written");
            left = batches.next().unwrap_or(usize::MAX);
        }
    }
    block.write(&transaction, (2 << 32) + rows.len() as i64).expect("written");
    transaction.commit().expect("written");
    (folder, Record::new(path))
}

fn texts(rows: &[EventRow]) -> Vec<&str> {
    rows.iter().map(|row| row.text.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_search_finds_what_each_row_by_itself_would_tell(
        rows in rows(),
        batches in vec(1..400_usize, 0..3),
        needle in "[abBäÄ]{1,3}",
        regex in any::<bool>(),
        level in proptest::option::of(0..5_u8),
        kinds in vec(0..RowKind::ALL.len(), 0..3),
        range in (0..700_u32, 0..800_u32),
    ) {
        let (_folder, record) = written(&rows, &batches);
        let pattern = format!("^{needle}");
        let text = if regex { TextFilter::matching(&pattern) } else { TextFilter::containing(&needle) };
        let filter = Filter {
            min_level: level.map(Level::from_number),
            kinds: kinds.iter().map(|kind| RowKind::ALL[*kind]).collect(),
            text: Some(text.expect("a text")),
        };
        let has = |text: &str| {
            if regex { text.starts_with(&needle) } else { text.to_lowercase().contains(&needle.to_lowercase()) }
        };
        let passes = |row: &Row| {
            level.is_none_or(|level| row.level as u8 >= level)
                && (filter.kinds.is_empty() || filter.kinds.contains(&row.kind))
                && (has(&row.text) || row.name.as_deref().is_some_and(has))
        };
        let range = range.0..range.1;
        let expected: Vec<u32> =
            (0..).zip(&rows).filter(|(at, row)| range.contains(at) && passes(row)).map(|(at, _)| at).collect();
        let found = record.select(&id("r"), &filter, range.clone()).expect("readable");
        prop_assert_eq!(&found, &expected);

        let at = record.rows_at(&id("r"), &found).expect("readable");
        prop_assert_eq!(texts(&at), found.iter().map(|at| rows[*at as usize].text.as_str()).collect::<Vec<_>>());
        prop_assert_eq!(at.iter().map(|row| row.seq).collect::<Vec<_>>(), found);

        let read = record.rows(&id("r"), range.clone()).expect("readable");
        let part = rows.get(range.start as usize..).unwrap_or_default().iter().take(range.len());
        let expected: Vec<&str> = part.map(|row| row.text.as_str()).collect();
        prop_assert_eq!(texts(&read), expected);
        prop_assert_eq!(record.len(&id("r")).expect("readable"), Some(rows.len() as u32));
        prop_assert_eq!(record.counts(&id("r")).expect("readable").rows, rows.len() as u64);
    }
}

#[test]
fn a_text_across_two_rows_is_in_neither() {
    let lines = ["one er", "ror two", "an error", ""];
    let rows: Vec<Row> = lines.into_iter().map(|line| row((0, 1, None, line.into()))).collect();
    let (_folder, record) = written(&rows, &[]);
    let filter = Filter { text: Some(TextFilter::containing("ERROR").expect("a text")), ..Filter::default() };
    assert_eq!(record.select(&id("r"), &filter, 0..u32::MAX).expect("readable"), [2]);
    assert_eq!(record.rows_at(&id("r"), &[3, 4]).expect("readable").len(), 1, "an empty line is a line");
    assert_eq!(record.rows(&id("before"), 0..10).expect("readable").len(), 1, "the other run keeps its own");
}

#[test]
fn a_damaged_block_is_an_error() {
    let rows: Vec<Row> = (0..3).map(|line| row((0, 1, None, line.to_string()))).collect();
    let (_folder, record) = written(&rows, &[]);
    let connection = rusqlite::Connection::open(record.path()).expect("it opens");
    for damage in ["texts = x'30'", "texts = x'FFFFFF'", "heads = x'FFFFFFFFFF'"] {
        connection.execute_batch(&format!("UPDATE blocks SET {damage} WHERE place >= 2 << 32")).expect("damaged");
        assert!(matches!(record.rows(&id("r"), 0..3), Err(RecordError::Block)), "{damage}");
    }
}

/// The file as the first version wrote it.
#[test]
fn rows_of_an_older_file_are_kept() {
    let folder = folder();
    let path = folder.path().join(FILE);
    let connection = rusqlite::Connection::open(&path).expect("a file");
    connection.execute_batch(file::TABLES).expect("made");
    connection.pragma_update(None, "user_version", 1).expect("set");
    connection
        .execute_batch(
            "INSERT INTO runs (number, id, file, node, build, started_at, inputs, masked, limits, allow, deny)
             VALUES (1, 'a', '', '', '', 0, '', '', '', '', ''), (3, 'b', '', '', '', 0, '', '', '', '', '');
             WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 599)
             INSERT INTO events SELECT (1 << 32) + n, n, 1, 2, 0, 'name ' || n, 'text ' || n FROM n;
             INSERT INTO events VALUES (3 << 32, 5, 0, 1, 3, NULL, 'alone')",
        )
        .expect("rows");
    drop(connection);
    let (connection, notice) = file::open_or_set_aside(&path).expect("it opens");
    assert_eq!(notice, None, "nothing is wrong with it");
    let mut blocks = 0;
    let count = |_: &StoredBlock<'_>| {
        blocks += 1;
        Ok(())
    };
    each_block(&connection, &(0..i64::MAX), "", count).expect("readable");
    assert_eq!(blocks, 4, "rows of a run lie together");
    drop(connection);
    let record = Record::new(path);
    let rows = record.rows(&id("a"), 0..1000).expect("readable");
    assert_eq!(rows.len(), 600, "all of them");
    let last = &rows[599];
    assert_eq!((last.name.as_deref(), last.text.as_str()), (Some("name 599"), "text 599"));
    assert_eq!((last.kind, last.level, last.at), (RowKind::Stream, Level::Warn, Duration::from_micros(599)));
    assert_eq!(texts(&record.rows(&id("b"), 0..10).expect("readable")), ["alone"]);
}
