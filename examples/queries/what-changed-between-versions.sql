-- What did a deployment change, in the journey's version and in its results?
--
-- Parameters (all optional):
--   :tenant, :journey      the journey; by default the one that changed last, among those that match
--   :before, :after        numbers of versions; by default the newest and the one before it
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.parameter set :journey checkout' '.read what-changed-between-versions.sql'
-- Columns:
--   what            the compared property
--   before, after   its value in either version; NULL if there is none
--   differs         1 if the values differ
-- Rates and durations are of the lane `scheduled`; quantiles are exact (nearest rank), of good runs.
WITH chosen AS (
  SELECT tenant, journey FROM v1_journeys
  WHERE tenant = coalesce(nullif(:tenant, ''), tenant) AND journey = coalesce(nullif(:journey, ''), journey)
  ORDER BY version > 1 DESC, deployed_ms DESC, tenant, journey LIMIT 1
),
newest AS (
  SELECT j.tenant, j.journey, coalesce(CAST(nullif(:after, '') AS INTEGER), max(j.version)) AS after
  FROM chosen JOIN v1_journeys j ON j.tenant = chosen.tenant AND j.journey = chosen.journey
),
pair AS (
  SELECT tenant, journey, after, coalesce(CAST(nullif(:before, '') AS INTEGER), after - 1) AS before FROM newest
),
said AS (
  SELECT j.*, pair.before, pair.after
  FROM pair JOIN v1_journeys j ON j.tenant = pair.tenant AND j.journey = pair.journey
    AND j.version IN (pair.before, pair.after)
),
-- A version owns the slots of its period: an index leads to them.
own AS (
  SELECT r.version, r.is_good, r.first_verdict, r.duration_us
  FROM said s JOIN v1_runs r ON r.tenant = s.tenant AND r.journey = s.journey
    AND r.slot_ms >= s.valid_from_ms AND r.slot_ms < coalesce(s.valid_until_ms, 1 << 60)
  WHERE r.version = s.version AND r.is_counted
),
rate AS (
  SELECT
    version,
    count(*) AS counted,
    round(100.0 * sum(first_verdict IN ('passed', 'degraded')) / count(*), 3) AS at_first,
    round(100.0 * sum(is_good) / count(*), 3) AS in_the_end
  FROM own GROUP BY version
),
place AS (
  SELECT
    version,
    duration_us,
    row_number() OVER every AS place,
    count(*) OVER every AS n
  FROM own WHERE is_good
  WINDOW every AS (
    PARTITION BY version ORDER BY duration_us ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
),
quantile AS (
  SELECT
    version,
    max(CASE WHEN place = (50 * n + 99) / 100 THEN duration_us END) AS p50_us,
    max(CASE WHEN place = (95 * n + 99) / 100 THEN duration_us END) AS p95_us
  FROM place GROUP BY version
),
line AS (
  SELECT s.version, s.before, s.after, fact.id AS number, fact.key AS what, fact.value AS value
  FROM said s
  LEFT JOIN rate ON rate.version = s.version
  LEFT JOIN quantile ON quantile.version = s.version
  JOIN json_each(json_object(
    'tenant', s.tenant, 'journey', s.journey, 'version', s.version, 'title', s.title,
    'removed', s.is_removed, 'schedule', s.schedule, 'timezone', s.timezone, 'tags', s.tags, 'component', s.component,
    'deployed at', s.deployed_at, 'deployed by', s.deployed_by, 'valid from', s.valid_from_at,
    'runs that count', coalesce(rate.counted, 0), 'good at first, percent', rate.at_first,
    'good in the end, percent', rate.in_the_end, 'p50_us', quantile.p50_us, 'p95_us', quantile.p95_us
  )) fact
)
SELECT
  l.what,
  max(CASE WHEN l.version = l.before THEN l.value END) AS before,
  max(CASE WHEN l.version = l.after THEN l.value END) AS after,
  max(CASE WHEN l.version = l.before THEN l.value END) IS NOT max(CASE WHEN l.version = l.after THEN l.value END) AS differs
FROM line l
GROUP BY l.number, l.what
ORDER BY l.number;
