//! Datasette's metadata: what each public view shows, as SCHEMA.md says it, the ready queries of `examples/queries`, and which
//! tables and views are private. This binary was compiled with all of that, so nobody maintains a file.

use serde_json::{Map, Value, json};

use crate::schema::VIEWS;
use crate::tables::TABLES;

/// The page that documents the views.
const PAGE: &str = include_str!("../../SCHEMA.md");

/// Every ready query: its file's name, and its text.
const QUERIES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/queries.rs"));

/// Columns by which readers want the newest rows first: the first one of these that a view has.
const TIMES: [&str; 4] = ["slot_ms", "from_ms", "deployed_ms", "occurred_ms"];

/// Datasette's metadata for a file named `wayfarer.db`. With `allow_sql`, readers may run SQL of their own, which can read the
/// private tables too.
pub fn metadata(allow_sql: bool) -> Value {
    let private = VIEWS.iter().filter(|view| !view.is_public()).map(|view| view.name);
    let private = private.chain(TABLES.iter().map(|table| table.name));
    let private = private.map(|name| (name.to_owned(), json!({"allow": false})));
    let public = VIEWS.iter().filter(|view| view.is_public()).map(|view| {
        let (paragraph, columns) = documented(view.name);
        let time = TIMES.into_iter().find(|time| columns.contains(time));
        let order = time.or(columns.first().copied());
        (view.name.to_owned(), json!({"description": paragraph, "sort_desc": order}))
    });
    let tables: Map<String, Value> = private.chain(public).collect();
    let queries: Map<String, Value> =
        QUERIES.iter().map(|(name, text)| ((*name).to_owned(), query(text))).collect();
    json!({
        "title": "Wayfarer",
        "description_html": "Results of synthetic journeys. Rates are of runs with <code>is_counted</code> = 1; durations, \
                             <code>*_us</code>, are microseconds.",
        "databases": {"wayfarer": {"allow_sql": allow_sql, "tables": tables, "queries": queries}},
    })
}

/// The first paragraph of a view's section as one line, and its columns in order. Both are empty for a view that the page does not know.
fn documented(view: &str) -> (String, Vec<&'static str>) {
    let mut sections = PAGE.split("\n## ");
    let section = sections.find_map(|section| section.strip_prefix(view)?.strip_prefix('\n')).unwrap_or("");
    let paragraph = section.trim_start().lines().take_while(|line| !line.is_empty());
    let paragraph = paragraph.collect::<Vec<_>>().join(" ");
    let columns = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    (paragraph, columns.collect())
}

/// A query as Datasette wants it. Its text opens with comments: the question, then what there is to know of it.
fn query(text: &str) -> Value {
    let comments: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("--")).collect();
    let sql: Vec<&str> = text.lines().skip(comments.len()).collect();
    let sql = sql.join("\n");
    let sql = sql.trim_end().trim_end_matches(';');
    let mut comments = comments.into_iter().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let title = comments.next().unwrap_or("");
    // How to run the file in another program is of no use in Datasette.
    let about: Vec<&str> = comments.filter(|line| !line.starts_with("Run:")).collect();
    let about = about.join("\n").trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({
        "title": title,
        "description_html": format!("<pre>\n{about}\n</pre>"),
        "hide_sql": true,
        "params": parameters(sql),
        "sql": sql,
    })
}

/// The named parameters of a statement, in the order in which they come. Comments and texts have none.
fn parameters(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in sql.lines() {
        // Each second part stands between quotes. No query has a `--` within a text.
        for outside in line.split("--").next().unwrap_or("").split('\'').step_by(2) {
            for word in outside.split(':').skip(1) {
                let end = word.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
                let name = word.get(..end.unwrap_or(word.len())).unwrap_or("");
                if !name.is_empty() && !found.contains(&name) {
                    found.push(name);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_public_view_is_described_and_nothing_else_is_shown() {
        let metadata = metadata(false);
        let of_file = &metadata["databases"]["wayfarer"];
        let tables = of_file["tables"].as_object().unwrap();
        for (name, told) in tables {
            if name.starts_with("v1_") {
                assert!(told["description"].as_str().unwrap().ends_with('.'), "{name}: {told}");
                assert!(told["sort_desc"].is_string(), "{name}: {told}");
            } else {
                assert_eq!(told, &json!({"allow": false}), "{name}");
            }
        }
        assert_eq!(tables.len(), TABLES.len() + VIEWS.len());
        assert_eq!(tables["v1_runs"]["sort_desc"], "slot_ms");
        assert_eq!(of_file["allow_sql"], false);
        assert_eq!(of_file["queries"].as_object().unwrap().len(), QUERIES.len());
    }

    #[test]
    fn a_query_is_told_from_its_comments_and_its_parameters_from_texts() {
        let text = "-- Which?\n--\n-- All <b>.\n-- Run: sqlite3\n-- Columns:\n--   a\nSELECT ':no', :from_at, '%H:%M' -- :never\nWHERE a = :b AND :from_at;\n";
        assert_eq!(
            query(text),
            json!({
                "title": "Which?",
                "description_html": "<pre>\nAll &lt;b&gt;.\nColumns:\n  a\n</pre>",
                "hide_sql": true,
                "params": ["from_at", "b"],
                "sql": "SELECT ':no', :from_at, '%H:%M' -- :never\nWHERE a = :b AND :from_at",
            })
        );
    }
}
