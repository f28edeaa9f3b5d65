//! The packed layout's names and positions. The one place where they are written down: [`write`](super::write) and
//! [`read`](super::read) follow the order given here, and so do the paths `$[n]` in `views/`. The tests hold all of them
//! against this file.
//!
//! A layout only grows at its end: a position in a stored row keeps its meaning.

/// One kind of entry: an array of values, each at its position.
pub(super) struct Layout {
    /// The key of the packed object that holds the entries.
    pub(super) key: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "what the views are held against"))]
    /// The view that shows one row an entry; empty where the entries are only part of another view's rows.
    pub(super) view: &'static str,
    pub(super) fields: &'static [Field],
}

/// A value of an entry, and the columns of the view that are made from it.
pub(super) struct Field {
    pub(super) name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "what the views are held against"))]
    pub(super) columns: &'static [&'static str],
}

impl Layout {
    /// Where a value stands. Evaluated at compile time: a name that is not there does not compile.
    #[expect(clippy::indexing_slicing, clippy::panic, reason = "evaluated at compile time")]
    const fn position(&self, name: &str) -> usize {
        let mut at = 0;
        while at < self.fields.len() {
            if is_same(self.fields[at].name.as_bytes(), name.as_bytes()) {
                return at;
            }
            at += 1;
        }
        panic!("no such field")
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time, and the lengths are equal")]
const fn is_same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A value that its view shows under the same name.
const fn shown(name: &'static str, column: &'static [&'static str; 1]) -> Field {
    Field { name, columns: column }
}

const fn field(name: &'static str, columns: &'static [&'static str]) -> Field {
    Field { name, columns }
}

/// Outcome: 0 passed, 1 failed, 2 open.
pub(super) const STEPS: Layout = Layout {
    key: "s",
    view: "v1_steps",
    fields: &[
        shown("name", &["name"]),
        shown("started_us", &["started_us"]),
        shown("duration_us", &["duration_us"]),
        shown("outcome", &["outcome"]),
        shown("parent", &["parent"]),
        field("failure", &["message"]),
    ],
};

/// Flags: 1 soft, 2 did not pass.
pub(super) const CHECKS: Layout = Layout {
    key: "c",
    view: "v1_checks",
    fields: &[
        shown("name", &["name"]),
        shown("at_us", &["at_us"]),
        shown("step", &["step"]),
        field("flags", &["is_soft", "is_passed"]),
        shown("actual", &["actual"]),
        shown("expected", &["expected"]),
        field("source", &["source_file", "source_line"]),
    ],
};

#[cfg_attr(not(test), expect(dead_code, reason = "what the views are held against"))]
/// Inside of a check.
pub(super) const SOURCE: Layout = Layout {
    key: "",
    view: "",
    fields: &[field("file", &["source_file"]), field("line", &["source_line"]), field("column", &[])],
};

/// `origin` and `peer` are positions in the tables [`ORIGINS`] and [`PEERS`]. Flags: 1 reused, 2 redirected.
pub(super) const REQUESTS: Layout = Layout {
    key: "r",
    view: "v1_requests",
    fields: &[
        shown("step", &["step"]),
        shown("started_us", &["started_us"]),
        shown("method", &["method"]),
        field("origin", &["url"]),
        field("path", &["url"]),
        shown("status", &["status"]),
        shown("total_us", &["total_us"]),
        shown("dns_us", &["dns_us"]),
        shown("connect_us", &["connect_us"]),
        shown("tls_us", &["tls_us"]),
        shown("wait_us", &["wait_us"]),
        shown("receive_us", &["receive_us"]),
        field(
            "peer",
            &[
                "protocol",
                "remote_address",
                "tls_version",
                "certificate_expires_ms",
                "certificate_expires_at",
                "certificate_expires_s",
            ],
        ),
        shown("sent_bytes", &["sent_bytes"]),
        shown("received_bytes", &["received_bytes"]),
        field("flags", &["is_reused", "is_redirected"]),
        field("error", &["error", "blame", "message"]),
        shown("excerpt", &["excerpt"]),
    ],
};

/// Heads of requests and answers; the bodies are in the table `body`. Flags: 1 sent body cut, 2 answered, 4 received body cut.
pub(super) const EXCHANGES: Layout = Layout {
    key: "x",
    view: "v1_exchanges",
    fields: &[
        field(
            "request",
            &[
                "request",
                "sent_body_bytes",
                "sent_body_digest",
                "received_body_bytes",
                "received_body_digest",
            ],
        ),
        shown("sent_headers", &["sent_headers"]),
        field("sent_left_out", &["headers_left_out"]),
        field("flags", &["is_sent_body_cut", "is_answered", "is_received_body_cut"]),
        shown("received_headers", &["received_headers"]),
        field("received_left_out", &["headers_left_out"]),
    ],
};

/// What requests have in common with each other.
pub(super) const PEERS: Layout = Layout {
    key: "p",
    view: "",
    fields: &[
        shown("protocol", &["protocol"]),
        shown("remote_address", &["remote_address"]),
        shown("tls_version", &["tls_version"]),
        field(
            "certificate_expires_ms",
            &["certificate_expires_ms", "certificate_expires_at", "certificate_expires_s"],
        ),
    ],
};

pub(super) const METRICS: Layout = Layout {
    key: "m",
    view: "v1_metrics",
    fields: &[
        shown("name", &["name"]),
        shown("step", &["step"]),
        shown("at_us", &["at_us"]),
        shown("value", &["value"]),
        shown("unit", &["unit"]),
        shown("labels", &["labels"]),
    ],
};

/// The table `annotation` is derived from them.
pub(super) const ANNOTATIONS: Layout = Layout {
    key: "n",
    view: "",
    fields: &[field("name", &[]), field("value", &[]), field("at_us", &[]), field("step", &[])],
};

pub(super) const LOGS: Layout = Layout {
    key: "l",
    view: "v1_logs",
    fields: &[
        shown("at_us", &["at_us"]),
        shown("level", &["level"]),
        shown("message", &["message"]),
        shown("step", &["step"]),
        shown("fields", &["fields"]),
    ],
};

/// The table `artifact` refers to the content.
pub(super) const ARTIFACTS: Layout = Layout {
    key: "a",
    view: "",
    fields: &[
        field("name", &[]),
        field("media_type", &[]),
        field("size", &[]),
        field("step", &[]),
        field("at_us", &[]),
    ],
};

/// Scheme, host and port of URLs: texts.
pub(super) const ORIGINS: &str = "o";
/// The failure that decided the verdict: one object.
pub(super) const FAILURE: &str = "f";
/// Where that failure comes from: its fingerprint, and the names of the step and the check that failed.
pub(super) const ORIGIN: &str = "g";
/// Bytes of log that the limit dropped: one number.
pub(super) const DROPPED: &str = "d";
/// Of a recording that was reduced: the number of its requests, and the bytes that they sent and received. Three numbers.
pub(super) const REDUCED: &str = "u";

/// Where a request has its excerpt.
pub(super) const EXCERPT: usize = REQUESTS.position("excerpt");
/// Values of a request after this one are as good as absent where they are zero.
pub(super) const PEER: usize = REQUESTS.position("peer");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schema::VIEWS;

    const ALL: [&Layout; 10] =
        [&STEPS, &CHECKS, &SOURCE, &REQUESTS, &EXCHANGES, &PEERS, &METRICS, &ANNOTATIONS, &LOGS, &ARTIFACTS];

    fn sql(view: &str) -> &'static str {
        VIEWS.iter().find(|known| known.name == view).unwrap().sql
    }

    /// The expressions of a view's columns, each with the column's name.
    fn columns(view: &str) -> Vec<(String, String)> {
        let sql = sql(view);
        let from = sql.find("\nFROM ").unwrap();
        let list = &sql[sql.find("SELECT\n").unwrap() + 7..from];
        let (mut columns, mut depth, mut begin) = (Vec::new(), 0, 0);
        for (at, letter) in list.char_indices().chain([(list.len(), ',')]) {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    let (expression, name) = list[begin..at].rsplit_once(" AS ").unwrap();
                    columns.push((name.trim().to_owned(), expression.to_owned()));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        columns
    }

    /// The alias under which a view has the entries of a layout.
    fn alias(layout: &Layout) -> String {
        let sql = sql(layout.view);
        let join = format!("JOIN json_each(a.detail, '$.{}') ", layout.key);
        let at = sql.find(&join).unwrap_or_else(|| panic!("{}: {join}", layout.view));
        sql[at + join.len()..].trim_end_matches([';', '\n']).to_owned()
    }

    /// The numbers in brackets that follow each occurrence of a text, as in `$[6][0]`.
    fn positions(text: &str, before: &str) -> Vec<Vec<usize>> {
        let found = text.match_indices(before).map(|(at, _)| {
            let mut rest = &text[at + before.len()..];
            let mut path = Vec::new();
            while let Some((number, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                let Ok(number) = number.parse() else { break };
                path.push(number);
                rest = after;
            }
            path
        });
        found.filter(|path| !path.is_empty()).collect()
    }

    #[test]
    fn every_path_of_a_view_leads_to_what_the_column_says() {
        for layout in ALL.into_iter().filter(|layout| !layout.view.is_empty()) {
            let alias = alias(layout);
            let mut read = BTreeSet::new();
            for (column, expression) in columns(layout.view) {
                for path in positions(&expression, &format!("{alias}.value, '$")) {
                    let field = &layout.fields[path[0]];
                    assert!(
                        field.columns.contains(&column.as_str()),
                        "{}.{column} reads `{}`",
                        layout.view,
                        field.name
                    );
                    read.insert((field.name, column.clone()));
                    if let Some(nested) = path.get(1) {
                        assert_eq!(field.name, "source");
                        assert!(SOURCE.fields[*nested].columns.contains(&column.as_str()), "{column}");
                    }
                }
                for path in positions(&expression, "|| ']") {
                    assert!(PEERS.fields[path[0]].columns.contains(&column.as_str()), "{column}");
                }
            }
            let declared: BTreeSet<_> = layout
                .fields
                .iter()
                .flat_map(|field| field.columns.iter().map(|column| (field.name, (*column).to_owned())))
                .collect();
            assert_eq!(read, declared, "{}", layout.view);
        }
    }

    #[test]
    fn the_views_know_no_key_that_is_not_here() {
        let keys: Vec<&str> =
            ALL.iter().map(|layout| layout.key).chain([ORIGINS, FAILURE, ORIGIN, DROPPED, REDUCED]).collect();
        for view in VIEWS {
            for (at, _) in view.sql.match_indices("detail, '$.") {
                let key = &view.sql[at + "detail, '$.".len()..][..1];
                assert!(keys.contains(&key), "{}: {key}", view.name);
            }
        }
    }
}
