-- Which certificates expire soon, as seen by each journey's newest good run?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :days                  certificates that expire within this many days; 30 by default
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read certificates-that-expire.sql'
-- Columns:
--   host                       as in the URL
--   certificate_expires_at     when the earliest of its certificates expires
--   days_left                  days from now; negative if the certificate has expired
--   tls_version, remote_address    protocol and peer of that connection
--   seen_at                    the slot of the run that recorded it
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    coalesce(CAST(nullif(:days, '') AS INTEGER), 30) AS days,
    unixepoch() * 1000 AS now_ms
),
-- One run per journey, found from the end of its index: no other run's details are read.
newest AS (
  SELECT (
    SELECT r.run_number FROM v1_runs r
    WHERE r.tenant = j.tenant AND r.journey = j.journey AND r.is_good
    ORDER BY r.slot_ms DESC LIMIT 1
  ) AS run_number
  FROM given
  JOIN v1_journeys j ON j.is_newest AND NOT j.is_removed
  WHERE j.tenant = coalesce(given.tenant, j.tenant) AND j.journey = coalesce(given.journey, j.journey)
),
seen AS (
  SELECT
    q.tenant,
    q.journey,
    substr(q.url, instr(q.url, '://') + 3) AS rest,
    q.certificate_expires_ms,
    q.certificate_expires_at,
    q.tls_version,
    q.remote_address,
    q.slot_at
  FROM v1_requests q
  WHERE q.run_number IN (SELECT run_number FROM newest) AND q.certificate_expires_ms IS NOT NULL
)
SELECT
  s.tenant,
  s.journey,
  substr(s.rest, 1, instr(s.rest || '/', '/') - 1) AS host,
  s.certificate_expires_at,
  round((min(s.certificate_expires_ms) - given.now_ms) / 86400000.0, 1) AS days_left,
  s.tls_version,
  s.remote_address,
  s.slot_at AS seen_at
FROM given
JOIN seen s ON s.certificate_expires_ms < given.now_ms + given.days * 86400000
GROUP BY s.tenant, s.journey, host
ORDER BY days_left, s.tenant, s.journey, host;
