//! The rest of step 4: the delay of every version that was written before the column `delay_ms` existed.
//!
//! Frozen with its step: it reads the JSON of that time by path, and the arithmetic is a copy of what the model computed
//! then. A delay belongs to the contract of its version, so it must come out the same whatever the model does later.

use futures_util::future::BoxFuture;
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::error::StoreError;

/// Id, tenant, journey and spec of a version.
type Row = (i64, String, String, String);

pub(super) fn complete(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT v.id, t.name, j.name, v.spec FROM journey_version v JOIN journey j ON j.id = v.journey
             JOIN tenant t ON t.id = j.tenant WHERE v.spec IS NOT NULL ORDER BY v.id",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table journey_version"))?;
        for (id, tenant, journey, spec) in rows {
            let corrupt = |reason: String| StoreError::Corrupt {
                table: "journey_version",
                row: id.to_string(),
                reason,
            };
            let spec: Value = serde_json::from_str(&spec).map_err(|error| corrupt(error.to_string()))?;
            let Some(schedule) = spec.pointer("/timing/schedule").and_then(Value::as_str) else { continue };
            let spread = spec.pointer("/timing/spread").and_then(Value::as_str).unwrap_or("0s");
            let delay = delay_ms(schedule, spread, &tenant, &journey)
                .ok_or_else(|| corrupt("its spread or its interval is not a duration".to_owned()))?;
            sqlx::query("UPDATE journey_version SET delay_ms = ? WHERE id = ?")
                .bind(i64::try_from(delay).unwrap_or(i64::MAX))
                .bind(id)
                .execute(&mut *connection)
                .await
                .map_err(StoreError::sql("writing to the table journey_version"))?;
        }
        Ok(())
    })
}

/// A journey's share of the spread; None where a text is no duration. The spread of an interval is cut to the interval.
fn delay_ms(schedule: &str, spread: &str, tenant: &str, journey: &str) -> Option<u64> {
    let mut window = micros(spread)? / 1_000;
    let interval = schedule.strip_prefix("every").filter(|rest| !rest.starts_with(char::is_alphabetic));
    if let Some(interval) = interval {
        window = window.min(micros(interval)? / 1_000);
    }
    let text = format!("{tenant}/{journey}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let hash = hash ^ (hash >> 33);
    Some(((u128::from(hash) * u128::from(window)) >> 64) as u64)
}

/// `250ms`, `1.5s`, `5m`, `1h` or `2d` in microseconds.
pub(super) fn micros(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 6] = [
        ("us", 1),
        ("ms", 1_000),
        ("s", 1_000_000),
        ("m", 60_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
    ];
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(*factor);
    }
    let value = number.parse::<f64>().ok()? * *factor as f64;
    (value.is_finite() && value < 9e18).then_some(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the model's `tests/schedule_slots.rs` at the time of the step.
    #[test]
    fn delays_are_those_of_the_step_as_it_was_released() {
        assert_eq!(delay_ms("0 * * * *", "5m", "shop", "checkout"), Some(222_844));
        assert_eq!(delay_ms("0 * * * *", "5m", "shop", "sign-up"), Some(145_480));
        assert_eq!(delay_ms("@hourly", "1h", "shop", "checkout"), Some(2_674_131));
        assert_eq!(delay_ms("@hourly", "1500ms", "acme", "search"), Some(411));
        assert_eq!(delay_ms("@hourly", "0s", "a", "b"), Some(0));
        assert_eq!(delay_ms("every 15s", "1m", "shop", "checkout"), Some(11_142), "cut to the interval");
        assert_eq!(delay_ms("every x", "1s", "acme", "search"), None);
    }
}
