-- What were the last runs of a journey?
--
-- Parameters (all optional):
--   :tenant, :journey      the journey; by default the one that was deployed last, among those that match
--   :most                  how many slots; 20 by default
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.parameter set :journey checkout' '.read last-runs-of-a-journey.sql'
-- Columns, the newest first; all lanes, slots without a run included:
--   slot_at, lane, version     the slot, or when a person asked for the run
--   verdict, reason, message   how the run ended, and why
--   first_verdict, attempts    the first attempt's verdict, and the number of attempts
--   duration_us                of the last attempt
--   run                        for `wayfarer show`
WITH chosen AS (
  SELECT tenant, journey FROM v1_journeys
  WHERE tenant = coalesce(nullif(:tenant, ''), tenant) AND journey = coalesce(nullif(:journey, ''), journey)
  ORDER BY deployed_ms DESC, version DESC, tenant, journey LIMIT 1
)
SELECT
  r.tenant,
  r.journey,
  r.slot_at,
  r.lane,
  r.version,
  r.verdict,
  r.reason,
  r.first_verdict,
  r.attempts,
  r.duration_us,
  r.message,
  r.run
FROM v1_runs r
-- Compared with one value each, so that SQLite reads the index of the journey's slots from its end.
WHERE r.tenant = (SELECT tenant FROM chosen) AND r.journey = (SELECT journey FROM chosen)
ORDER BY r.slot_ms DESC, r.run_number DESC
LIMIT coalesce(CAST(nullif(:most, '') AS INTEGER), 20);
