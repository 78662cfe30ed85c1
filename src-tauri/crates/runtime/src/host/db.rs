//! Databases: the workbench has none and says so.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn db_query(&mut self, op: u32, _connection: &str, _payload: &str) -> Reply {
        let name = operation(op);
        // Numbers that mean nothing share one note: the guest must not be able to grow the list.
        let key = format!("db.query {name}");
        self.refused_once(
            key,
            "db.query",
            format!("{name}: the workbench has no vector database, so the node gets none"),
        )
        .await;
        Reply::Text(None)
    }
}

fn operation(op: u32) -> &'static str {
    match op {
        1 => "vector search",
        2 => "full-text search",
        3 => "hybrid search",
        4 => "insert",
        5 => "upsert",
        6 => "delete",
        7 => "list",
        8 => "count",
        _ => "unknown operation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name() {
        let names: std::collections::HashSet<_> = (1..=8).map(operation).collect();
        assert_eq!(names.len(), 8, "eight different names");
        assert!(!names.contains(operation(0)) && operation(0) == operation(u32::MAX), "the rest is unknown");
    }
}
