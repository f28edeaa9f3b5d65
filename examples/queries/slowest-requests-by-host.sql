-- Which hosts respond slowly, and in which phase?
--
-- The query reads the details of every attempt of the period, so keep the period short.
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots in this period; by default the last hour
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read slowest-requests-by-host.sql'
-- Columns, the slowest first; of all attempts of the lane `scheduled`:
--   host, method           host and port as in the URL
--   requests, errors, bad  number of requests, of those without a response, of those with a status of 400 or above
--   p50_us, p95_us, max_us durations of requests with a response; exact (nearest rank)
--   dns_us ... receive_us  mean duration of each phase, of requests with a response; 0 on a reused connection
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 hour'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
),
request AS (
  SELECT q.tenant, substr(q.url, instr(q.url, '://') + 3) AS rest, q.method, q.status,
    q.total_us, q.dns_us, q.connect_us, q.tls_us, q.wait_us, q.receive_us
  FROM given
  JOIN v1_requests q ON q.slot_ms >= given.from_ms AND q.slot_ms < given.until_ms
  WHERE q.lane = 'scheduled'
    AND q.tenant = coalesce(given.tenant, q.tenant) AND q.journey = coalesce(given.journey, q.journey)
),
named AS (
  SELECT *, substr(rest, 1, instr(rest || '/', '/') - 1) AS host FROM request
),
place AS (
  SELECT
    *,
    row_number() OVER every AS place,
    count(status) OVER every AS n
  FROM named
  -- Requests without a response come last. Both figures share a window, so SQLite sorts once.
  WINDOW every AS (
    PARTITION BY tenant, host, method ORDER BY status IS NULL, total_us
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
)
SELECT
  tenant,
  host,
  method,
  count(*) AS requests,
  count(*) - count(status) AS errors,
  count(*) FILTER (WHERE status >= 400) AS bad,
  max(CASE WHEN place = (50 * n + 99) / 100 THEN total_us END) AS p50_us,
  max(CASE WHEN place = (95 * n + 99) / 100 THEN total_us END) AS p95_us,
  max(CASE WHEN place = n THEN total_us END) AS max_us,
  sum(dns_us) FILTER (WHERE status IS NOT NULL) / n AS dns_us,
  sum(connect_us) FILTER (WHERE status IS NOT NULL) / n AS connect_us,
  sum(tls_us) FILTER (WHERE status IS NOT NULL) / n AS tls_us,
  sum(wait_us) FILTER (WHERE status IS NOT NULL) / n AS wait_us,
  sum(receive_us) FILTER (WHERE status IS NOT NULL) / n AS receive_us
FROM place
GROUP BY tenant, host, method
ORDER BY p95_us DESC, tenant, host, method;
