-- How late did runs start?
--
-- A run is due at its slot plus the journey's share of its `spread`.
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots in this period; by default the last day
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read lateness.sql'
-- Columns, the journey with the latest runs first:
--   runs                   runs of the lane `scheduled` that started
--   min_us, p50_us, p95_us, max_us   delay from due to started; exact (nearest rank), in whole milliseconds
--   latest_slot_at         the slot of the latest run
--   late                   slots without a run, because it could not start within its grace
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 day'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
),
begun AS (
  SELECT
    r.tenant,
    r.journey,
    r.slot_at,
    (r.started_ms - r.due_ms) * 1000 AS late_us,
    r.reason = 'grace-exceeded' AS is_late,
    row_number() OVER every AS place,
    count(r.started_ms) OVER every AS n
  FROM given
  JOIN v1_runs r ON r.slot_ms >= given.from_ms AND r.slot_ms < given.until_ms
  WHERE r.lane = 'scheduled' AND (r.started_ms IS NOT NULL OR r.reason = 'late')
    AND r.tenant = coalesce(given.tenant, r.tenant) AND r.journey = coalesce(given.journey, r.journey)
  -- NULLs come last, so that ranks count runs that started. Both figures share a window, so SQLite sorts once.
  WINDOW every AS (
    PARTITION BY r.tenant, r.journey ORDER BY r.started_ms - r.due_ms NULLS LAST, r.slot_ms
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
)
SELECT
  tenant,
  journey,
  count(late_us) AS runs,
  min(late_us) AS min_us,
  max(CASE WHEN place = (50 * n + 99) / 100 THEN late_us END) AS p50_us,
  max(CASE WHEN place = (95 * n + 99) / 100 THEN late_us END) AS p95_us,
  max(late_us) AS max_us,
  max(CASE WHEN place = n THEN slot_at END) AS latest_slot_at,
  sum(is_late) AS late
FROM begun
GROUP BY tenant, journey
ORDER BY max_us DESC, tenant, journey;
