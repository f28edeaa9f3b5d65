//! The rest of step `20261130_000034`: the fingerprint of each failure, and the names of the step and the check that failed.
//!
//! Frozen with its step: it reads the packed JSON of that time by path, and its rules are a copy of the model's (`fingerprint.rs`). A later
//! change of these rules is a step of its own.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::error::StoreError;

/// Attempts that are read together.
const TOGETHER: i64 = 500;

/// Number, journey, reason and detail of an attempt.
type Row = (i64, String, String, String);

pub(super) fn add(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move {
        let what = StoreError::sql("adding fingerprints to the table attempt");
        let mut after = -1;
        loop {
            let rows: Vec<Row> = sqlx::query_as(
                "SELECT a.id, j.name, d.word, a.detail FROM attempt a JOIN run r ON r.id = a.id >> 8 JOIN journey j ON j.id = r.journey
                 JOIN dictionary d ON d.id = a.reason
                 WHERE a.id > ? AND instr(a.detail, '\"f\":') > 0 ORDER BY a.id LIMIT ?",
            )
            .bind(after)
            .bind(TOGETHER)
            .fetch_all(&mut *connection)
            .await
            .map_err(&what)?;
            let Some(last) = rows.last() else { break };
            after = last.0;
            for (id, journey, reason, detail) in &rows {
                // A detail that is not JSON stays as it is: `wayfarer db check` names it.
                let Ok(mut detail) = serde_json::from_str::<Value>(detail) else { continue };
                let Some(origin) = origin(journey, reason, &detail) else { continue };
                if let Some(detail) = detail.as_object_mut() {
                    detail.insert("g".to_owned(), origin);
                }
                sqlx::query("UPDATE attempt SET detail = ? WHERE id = ?")
                    .bind(detail.to_string())
                    .bind(id)
                    .execute(&mut *connection)
                    .await
                    .map_err(&what)?;
            }
        }
        // What they take has grown.
        let grown = "DELETE FROM stored_daily;
            INSERT INTO stored_daily (tenant, from_ms, bytes) SELECT tenant, from_ms, sum(bytes) FROM (
              SELECT j.tenant AS tenant, r.slot_ms - r.slot_ms % 86400000 AS from_ms,
                (SELECT coalesce(sum(length(CAST(a.detail AS BLOB))), 0) FROM attempt a WHERE a.id BETWEEN r.id << 8 AND (r.id << 8) + 255)
                + (SELECT coalesce(sum(length(CAST(n.name AS BLOB)) + length(CAST(n.value AS BLOB))), 0) FROM annotation n WHERE n.run = r.id) AS bytes
              FROM run r JOIN journey j ON j.id = r.journey
              UNION ALL SELECT tenant, from_ms, stored FROM blob
            ) GROUP BY tenant, from_ms HAVING sum(bytes) > 0;";
        sqlx::raw_sql(grown).execute(connection).await.map(drop).map_err(what)
    })
}

/// What stands under `g`.
fn origin(journey: &str, reason: &str, detail: &Value) -> Option<Value> {
    let failure = detail.get("f")?;
    let message = failure.get("message").and_then(Value::as_str).unwrap_or_default();
    let entry = |key: &str, number: &Value| detail.get(key)?.get(usize::try_from(number.as_u64()?).ok()?);
    let check = failure.get("check").and_then(|number| entry("c", number));
    let step = match check {
        Some(check) => check.get(2).and_then(Value::as_u64),
        None => step_without_check(failure, detail),
    };
    let step = step.and_then(|number| detail.get("s")?.get(usize::try_from(number).ok()?)?.get(0)?.as_str());
    let check = check.and_then(|check| check.get(0)?.as_str());
    let words = check.unwrap_or_else(|| message.lines().next().unwrap_or_default());
    let place = failure.get("source").and_then(|source| {
        let line = source.get("line").and_then(Value::as_u64).unwrap_or(0);
        Some(format!("{}:{line}", source.get("file")?.as_str()?))
    });
    let parts = [
        journey,
        reason,
        &without_ids(step.unwrap_or_default()),
        &without_ids(words),
        &place.unwrap_or_default(),
    ];
    let mut origin = vec![json!(fingerprint(parts)), json!(step), json!(check)];
    while origin.last().is_some_and(Value::is_null) {
        origin.pop();
    }
    Some(Value::Array(origin))
}

fn step_without_check(failure: &Value, detail: &Value) -> Option<u64> {
    let steps = detail.get("s").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let same = |step: &Value| {
        step.get(5).is_some_and(|own| {
            own.is_object()
                && own.get("kind") == failure.get("kind")
                && own.get("message") == failure.get("message")
        })
    };
    let of_request = || {
        let place = usize::try_from(failure.get("request")?.as_u64()?).ok()?;
        detail.get("r")?.get(place)?.get(0)?.as_u64()
    };
    let did_not_pass = |step: &Value| step.get(3).and_then(Value::as_u64).unwrap_or(0) != 0;
    let last = || steps.iter().rposition(did_not_pass).map(|place| place as u64);
    steps.iter().rposition(same).map(|place| place as u64).or_else(of_request).or_else(last)
}

fn without_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let end = rest.find(|letter| is_word(letter) != is_word(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        if !is_word(first) || !part.bytes().any(|byte| byte.is_ascii_digit()) {
            out.push_str(part);
        } else if part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            out.push('#');
        } else {
            let mut is_number = false;
            for letter in part.chars() {
                if !letter.is_ascii_digit() {
                    out.push(letter);
                } else if !is_number {
                    out.push('#');
                }
                is_number = letter.is_ascii_digit();
            }
        }
    }
    out
}

fn fingerprint(parts: [&str; 5]) -> String {
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0x1f]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    format!("{:016x}", hash ^ (hash >> 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The model's own vector at the time of the step.
    #[test]
    fn fingerprints_are_those_of_the_step_as_it_was_released() {
        let detail = json!({
            "s": [["log in", 0, 1], ["place order", 0, 1, 1]],
            "c": [["order 1017 is visible", 0, 1, 2, "503", null, ["src/lib.rs", 17, 9]]],
            "f": {"message": "check failed: order 1017 is visible", "kind": "check", "check": 0,
                  "source": {"file": "src/lib.rs", "line": 17, "column": 9}},
        });
        let expected = json!(["137fd44dfccccfa0", "place order", "order 1017 is visible"]);
        assert_eq!(origin("checkout", "check", &detail), Some(expected));
        let bare = json!({"s": [["log in", 0, 1, 1]], "f": {"message": "no", "kind": "error"}});
        assert_eq!(origin("checkout", "error", &bare).unwrap()[1], "log in");
        assert_eq!(origin("checkout", "none", &json!({"s": []})), None);
    }
}
