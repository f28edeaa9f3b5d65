//! Numbers of rows as one value of a statement, however many there are. SQLite opens it with `json_each`, so the statement's text is the same
//! for every count, and a prepared one is used again.

/// The numbers as a JSON array.
pub(crate) fn list(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}
