//! Durations such as `30s`, read at compile time. The grammar is that of `wayfarer-sdk/src/duration.rs`.

/// Reads `250ms`, `30s`, `5m` or `1h` as milliseconds.
pub(crate) fn parse_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at_checked(digits)?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(milliseconds)
}
