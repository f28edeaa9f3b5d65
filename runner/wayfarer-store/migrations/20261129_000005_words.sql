-- The field's words for columns and for stored reasons. Views are no part of the schema's steps any more: they are the
-- files of `views/`, which whoever opens the file for writing makes anew where their digest differs from the one in
-- `view_file`. What SQL cannot carry over, `src/schema/words.rs` does in the same transaction: the stored specs, the
-- descriptors of components, and the names inside of packed failures.

DROP VIEW v1_journeys;
DROP VIEW v1_runs;
DROP VIEW v1_attempts;
DROP VIEW v1_steps;
DROP VIEW v1_requests;
DROP VIEW v1_checks;
DROP VIEW v1_metrics;
DROP VIEW v1_logs;
DROP VIEW v1_hourly;
DROP VIEW v1_daily;
DROP VIEW v1_step_hourly;
DROP VIEW v1_usage;
DROP VIEW v1_maintenance;
DROP VIEW v1_kill_switches;
DROP VIEW named_attempt;

CREATE TABLE view_file (
  name   TEXT PRIMARY KEY,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE word RENAME TO dictionary;
UPDATE dictionary SET word = CASE word
    WHEN 'tenant-off' THEN 'tenant-disabled'
    WHEN 'late' THEN 'grace-exceeded'
    WHEN 'no-runner' THEN 'runner-down'
  END
WHERE kind = 'reason' AND word IN ('tenant-off', 'late', 'no-runner');

ALTER TABLE hourly RENAME COLUMN n TO slots;
ALTER TABLE hourly RENAME COLUMN first_good TO good_first_attempt;
ALTER TABLE daily RENAME COLUMN n TO slots;
ALTER TABLE daily RENAME COLUMN first_good TO good_first_attempt;
ALTER TABLE step_hourly RENAME COLUMN n TO slots;
ALTER TABLE tenant_version RENAME COLUMN enabled TO is_enabled;
ALTER TABLE pause RENAME COLUMN why TO note;
ALTER TABLE maintenance RENAME COLUMN why TO note;
ALTER TABLE kill_switch RENAME COLUMN why TO note;

-- A window is either weekly, on the clock of a timezone, or from one instant to another.
ALTER TABLE maintenance ADD COLUMN weekly TEXT;
ALTER TABLE maintenance ADD COLUMN timezone TEXT;
ALTER TABLE maintenance ADD COLUMN from_ms INTEGER;
ALTER TABLE maintenance ADD COLUMN until_ms INTEGER;
UPDATE maintenance SET
  weekly = json_extract(span, '$.weekly.window'),
  timezone = json_extract(span, '$.weekly.zone'),
  from_ms = json_extract(span, '$.once.from'),
  until_ms = json_extract(span, '$.once.until');
ALTER TABLE maintenance DROP COLUMN span;

-- What the views show of a version. `spec` is for the store alone; each of these is written beside it.
ALTER TABLE journey_version ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journey_version ADD COLUMN title TEXT;
ALTER TABLE journey_version ADD COLUMN schedule TEXT;
ALTER TABLE journey_version ADD COLUMN timezone TEXT;
ALTER TABLE journey_version ADD COLUMN tzdata TEXT;
ALTER TABLE journey_version ADD COLUMN spread_us INTEGER;
ALTER TABLE journey_version ADD COLUMN grace_us INTEGER;
ALTER TABLE journey_version ADD COLUMN timeout_us INTEGER;
ALTER TABLE journey_version ADD COLUMN overlap TEXT;
ALTER TABLE journey_version ADD COLUMN confirm_every TEXT;
ALTER TABLE journey_version ADD COLUMN journey_group TEXT;
ALTER TABLE journey_version ADD COLUMN tags TEXT;
ALTER TABLE journey_version ADD COLUMN params TEXT;
