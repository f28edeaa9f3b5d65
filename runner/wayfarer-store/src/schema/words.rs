//! The rest of step 5: JSON that SQL cannot rename keys in.
//!
//! - A version's spec becomes format 1 of the stored spec, and the columns that the views show are filled from it.
//! - A component's descriptors become format 1 of theirs.
//! - In packed details a failure's `left` and `right` become `actual` and `expected`.
//!
//! Frozen with its step: it knows the JSON before and after by name, and uses no type of this crate or of the model.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;

use super::delays::micros;
use crate::error::StoreError;

/// Attempts that are read together.
const TOGETHER: i64 = 500;
/// Where a packed step has its failure.
const FAILURE: usize = 5;

pub(super) fn carry_over(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move {
        versions(connection).await?;
        components(connection).await?;
        attempts(connection).await
    })
}

fn corrupt(table: &'static str, row: &impl ToString, reason: &dyn ToString) -> StoreError {
    StoreError::Corrupt { table, row: row.to_string(), reason: reason.to_string() }
}

async fn versions(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let what = StoreError::sql("writing to the table journey_version");
    sqlx::query("UPDATE journey_version SET is_removed = 1 WHERE spec IS NULL")
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, spec FROM journey_version WHERE spec IS NOT NULL ORDER BY id")
            .fetch_all(&mut *connection)
            .await
            .map_err(StoreError::sql("reading the table journey_version"))?;
    for (id, text) in rows {
        let old: Value =
            serde_json::from_str(&text).map_err(|error| corrupt("journey_version", &id, &error))?;
        let spec = spec(&old).ok_or_else(|| corrupt("journey_version", &id, &"a duration in it is none"))?;
        let text = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str);
        let number = |pointer: &str| spec.pointer(pointer).and_then(Value::as_i64);
        let tags: Vec<&str> = spec
            .pointer("/descriptor/tags")
            .and_then(Value::as_array)
            .map_or_else(Vec::new, |tags| tags.iter().filter_map(Value::as_str).collect());
        sqlx::query(
            "UPDATE journey_version SET spec = ?2, title = ?3, schedule = ?4, timezone = ?5, spread_us = ?6, grace_us = ?7,
               timeout_us = ?8, overlap = ?9, confirm_every = ?10, journey_group = ?11, tags = ?12, params = ?13
             WHERE id = ?1",
        )
        .bind(id)
        .bind(spec.to_string())
        .bind(text("/descriptor/title"))
        .bind(text("/timing/schedule"))
        .bind(text("/timing/timezone"))
        .bind(number("/timing/spread_us"))
        .bind(number("/timing/grace_us"))
        .bind(number("/limits/wall_us"))
        .bind(text("/timing/overlap"))
        .bind(text("/timing/confirm_every"))
        .bind(text("/group"))
        .bind(Some(tags.join(",")).filter(|tags| !tags.is_empty()))
        .bind(spec.get("params").map(Value::to_string))
        .execute(&mut *connection)
        .await
        .map_err(&what)?;
    }
    Ok(())
}

async fn components(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let rows: Vec<(Vec<u8>, String)> = sqlx::query_as("SELECT digest, journeys FROM component")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table component"))?;
    for (digest, text) in rows {
        let corrupt = |reason: &dyn ToString| {
            let name: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            corrupt("component", &name.concat(), reason)
        };
        let old: Vec<Value> = serde_json::from_str(&text).map_err(|error| corrupt(&error))?;
        let journeys = old.iter().map(descriptor).collect::<Option<Vec<_>>>();
        let journeys = journeys.ok_or_else(|| corrupt(&"a duration in it is none"))?;
        sqlx::query("UPDATE component SET journeys = ? WHERE digest = ?")
            .bind(json!({"format": 1, "journeys": journeys}).to_string())
            .bind(&digest)
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("writing to the table component"))?;
    }
    Ok(())
}

async fn attempts(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        // Inside of a text the quotes would have a backslash before them.
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT id, detail FROM attempt
             WHERE id > ? AND (instr(detail, '\"left\":') OR instr(detail, '\"right\":')) ORDER BY id LIMIT ?",
        )
        .bind(after)
        .bind(TOGETHER)
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table attempt"))?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        for (id, text) in rows {
            let mut detail: Value =
                serde_json::from_str(&text).map_err(|error| corrupt("attempt", &id, &error))?;
            rename_failures(&mut detail);
            sqlx::query("UPDATE attempt SET detail = ? WHERE id = ?")
                .bind(detail.to_string())
                .bind(id)
                .execute(&mut *connection)
                .await
                .map_err(StoreError::sql("writing to the table attempt"))?;
        }
    }
}

fn rename_failures(detail: &mut Value) {
    if let Some(failure) = detail.get_mut("f") {
        rename_failure(failure);
    }
    let steps = detail.get_mut("s").and_then(Value::as_array_mut);
    for failure in steps.into_iter().flatten().filter_map(|step| step.get_mut(FAILURE)) {
        rename_failure(failure);
    }
}

fn rename_failure(failure: &mut Value) {
    let Some(fields) = failure.as_object_mut() else { return };
    for (old, new) in [("left", "actual"), ("right", "expected")] {
        if let Some(value) = fields.remove(old) {
            fields.insert(new.to_owned(), value);
        }
    }
}

/// `{"secs":30,"nanos":0}` in microseconds; null stays null. None for anything else.
fn duration_us(value: Option<&Value>) -> Option<Value> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Some(Value::Null) };
    let (secs, nanos) = (value.get("secs")?.as_u64()?, value.get("nanos")?.as_u64()?);
    Some(Value::from(secs.checked_mul(1_000_000)?.checked_add(nanos / 1_000)?))
}

/// The fields of an object under their new names; those that are missing become what is given.
fn fields(old: &Value, names: &[(&str, &str, Value)]) -> Map<String, Value> {
    let value = |name: &str, missing: &Value| old.get(name).unwrap_or(missing).clone();
    names.iter().map(|(before, after, missing)| ((*after).to_owned(), value(before, missing))).collect()
}

fn descriptor(old: &Value) -> Option<Value> {
    let parameters = old.get("parameters").and_then(Value::as_array);
    let parameters = parameters.into_iter().flatten().map(|parameter| {
        Value::from(fields(
            parameter,
            &[
                ("name", "name", json!("")),
                ("title", "title", json!("")),
                ("kind", "kind", json!("text")),
                ("required", "is_required", json!(false)),
                ("preset", "preset", Value::Null),
            ],
        ))
    });
    let parameters: Value = parameters.collect();
    let mut new = fields(
        old,
        &[
            ("name", "name", json!("")),
            ("title", "title", json!("")),
            ("schedule", "schedule", Value::Null),
            ("zone", "timezone", Value::Null),
            ("timeout", "timeout_us", Value::Null),
            ("tags", "tags", json!([])),
            ("steps", "steps", json!([])),
            ("parameters", "parameters", json!([])),
            ("secrets", "secrets", json!([])),
            ("hosts", "hosts", json!([])),
            ("cleanups", "cleanups", json!([])),
            ("retries", "retries", Value::Null),
        ],
    );
    new.insert("timeout_us".to_owned(), duration_us(old.get("timeout"))?);
    new.insert("parameters".to_owned(), parameters);
    Some(new.into())
}

fn timing(old: &Value) -> Option<Value> {
    let mut new = fields(
        old,
        &[
            ("schedule", "schedule", Value::Null),
            ("zone", "timezone", json!("UTC")),
            ("spread", "spread_us", Value::Null),
            ("grace", "grace_us", Value::Null),
            ("overlap", "overlap", json!("skip")),
            ("when_failing", "confirm_every", Value::Null),
            ("tzdata", "tzdata", Value::Null),
        ],
    );
    let spread = old.get("spread").and_then(Value::as_str).unwrap_or("0s");
    new.insert("spread_us".to_owned(), micros(spread)?.into());
    new.insert("grace_us".to_owned(), duration_us(old.get("grace"))?);
    Some(new.into())
}

fn limits(old: &Value) -> Option<Value> {
    const COUNTS: [(&str, &str); 13] = [
        ("memory", "memory_bytes"),
        ("table_elements", "table_elements"),
        ("steps", "steps"),
        ("checks", "checks"),
        ("metrics", "metrics"),
        ("requests", "requests"),
        ("concurrent_requests", "concurrent_requests"),
        ("traffic", "traffic_bytes"),
        ("request_body", "request_body_bytes"),
        ("response_body", "response_body_bytes"),
        ("log", "log_bytes"),
        ("artifacts", "artifact_bytes"),
        ("handles", "handles"),
    ];
    let mut new = Map::new();
    new.insert("wall_us".to_owned(), duration_us(old.get("wall"))?);
    new.insert("cpu_us".to_owned(), duration_us(old.get("cpu"))?);
    new.extend(fields(old, &COUNTS.map(|(before, after)| (before, after, json!(0)))));
    Some(new.into())
}

/// Format 1 of the stored spec.
fn spec(old: &Value) -> Option<Value> {
    let null = Value::Null;
    let timing = match old.get("timing").filter(|timing| !timing.is_null()) {
        Some(old) => timing(old)?,
        None => Value::Null,
    };
    let secrets = old.get("secrets").and_then(Value::as_object);
    let secrets: Map<String, Value> = secrets
        .into_iter()
        .flatten()
        .map(|(name, used)| {
            let used = fields(
                used,
                &[("hosts", "hosts", json!([])), ("plaintext", "is_plaintext_allowed", json!(false))],
            );
            (name.clone(), used.into())
        })
        .collect();
    let mut new = Map::new();
    new.insert("format".to_owned(), 1.into());
    new.insert("descriptor".to_owned(), descriptor(old.get("descriptor").unwrap_or(&null))?);
    new.insert("code".to_owned(), old.get("code").cloned().unwrap_or_default());
    new.insert("timing".to_owned(), timing);
    new.insert("params".to_owned(), old.get("params").cloned().unwrap_or_else(|| json!({})));
    new.insert("secrets".to_owned(), secrets.into());
    new.insert("allow".to_owned(), old.get("allow").cloned().unwrap_or_else(|| json!([])));
    new.insert("limits".to_owned(), limits(old.get("limits").unwrap_or(&null))?);
    new.insert("retries".to_owned(), old.pointer("/retry/retries").cloned().unwrap_or_else(|| 0.into()));
    new.insert("group".to_owned(), old.get("group").cloned().unwrap_or_default());
    Some(new.into())
}
