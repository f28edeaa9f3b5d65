-- What happened last in a journey?
--
-- Parameters, each of which may be left out:
--   :tenant, :journey      which; by default the one that was deployed last, of those that fit
--   :most                  how many slots; 20 by default
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.parameter set :journey checkout' '.read last-runs-of-a-journey.sql'
-- Columns, the newest first; all lanes, slots without a run too:
--   slot_at, lane, version     when it was due or asked for
--   verdict, reason, message   how it ended, and why
--   first_verdict, attempts    how the first attempt ended, and how many there were
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
-- Equal to one value each: so the index of a journey's slots is used, from its end.
WHERE r.tenant = (SELECT tenant FROM chosen) AND r.journey = (SELECT journey FROM chosen)
ORDER BY r.slot_ms DESC, r.run_number DESC
LIMIT coalesce(CAST(nullif(:most, '') AS INTEGER), 20);
