-- The public contract: SCHEMA.md documents every column of the views named v1_*. Later changes add columns at the
-- end, or a v2.

CREATE VIEW v1_journeys AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  json_extract(v.spec, '$.descriptor.title') AS title,
  v.number AS version,
  v.valid_from_ms AS valid_from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', v.valid_from_ms / 1000.0, 'unixepoch') AS valid_from_at,
  v.valid_from_ms / 1000 AS valid_from_s,
  (SELECT min(n.valid_from_ms) FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_ms,
  (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(n.valid_from_ms) / 1000.0, 'unixepoch') FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_at,
  (SELECT min(n.valid_from_ms) / 1000 FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_s,
  v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = v.journey) AS is_newest,
  v.spec IS NULL AS is_removed,
  EXISTS (SELECT 1 FROM pause p WHERE p.journey = v.journey AND p.until_ms IS NULL) AS is_paused,
  json_extract(v.spec, '$.timing.schedule') AS schedule,
  json_extract(v.spec, '$.timing.zone') AS zone,
  (SELECT group_concat(tag.value, ',') FROM json_each(v.spec, '$.descriptor.tags') tag) AS tags,
  nullif(lower(hex(v.component)), '') AS component,
  v.deployed_ms AS deployed_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', v.deployed_ms / 1000.0, 'unixepoch') AS deployed_at,
  v.deployed_ms / 1000 AS deployed_s,
  v.deployed_by AS deployed_by
FROM journey_version v
JOIN journey j ON j.id = v.journey
JOIN tenant t ON t.id = j.tenant;

CREATE VIEW v1_runs AS
SELECT
  lower(printf('%s-%s-%s-%s-%s', hex(substr(r.uid, 1, 4)), hex(substr(r.uid, 5, 2)), hex(substr(r.uid, 7, 2)),
    hex(substr(r.uid, 9, 2)), hex(substr(r.uid, 11)))) AS run,
  r.id AS run_number,
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  lane.word AS lane,
  r.seq AS seq,
  v.number AS version,
  r.slot_ms AS slot_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.slot_ms / 1000.0, 'unixepoch') AS slot_at,
  r.slot_ms / 1000 AS slot_s,
  r.started_ms AS started_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.started_ms / 1000.0, 'unixepoch') AS started_at,
  r.started_ms / 1000 AS started_s,
  r.finished_ms AS finished_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.finished_ms / 1000.0, 'unixepoch') AS finished_at,
  r.finished_ms / 1000 AS finished_s,
  r.duration_us AS duration_us,
  verdict.word AS verdict,
  first.word AS first_verdict,
  reason.word AS reason,
  r.attempts AS attempts,
  verdict.word IN ('passed', 'degraded') AS is_good,
  verdict.word IN ('passed', 'degraded', 'failed') AND lane.word = 'scheduled' AS counts,
  r.incarnation AS incarnation,
  (SELECT json_extract(a.detail, '$.f.message') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS message
FROM run r
JOIN journey j ON j.id = r.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = r.location
JOIN journey_version v ON v.id = r.version
JOIN word lane ON lane.id = r.lane
JOIN word verdict ON verdict.id = r.verdict
JOIN word reason ON reason.id = r.reason
LEFT JOIN word first ON first.id = r.first_verdict;

-- Not public: what all views of an attempt's parts have in common. From a run to its attempts the way is a range of
-- numbers; the other way round (`a.id >> 8`) no filter on the run would spare a look at every attempt there is.
CREATE VIEW named_attempt AS
SELECT
  lower(printf('%s-%s-%s-%s-%s', hex(substr(r.uid, 1, 4)), hex(substr(r.uid, 5, 2)), hex(substr(r.uid, 7, 2)),
    hex(substr(r.uid, 9, 2)), hex(substr(r.uid, 11)))) AS run,
  r.id AS run_number,
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  lane.word AS lane,
  r.slot_ms AS slot_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.slot_ms / 1000.0, 'unixepoch') AS slot_at,
  r.slot_ms / 1000 AS slot_s,
  a.id & 255 AS attempt,
  r.version AS version,
  a.started_ms AS started_ms,
  a.duration_us AS duration_us,
  a.cpu_us AS cpu_us,
  a.memory AS memory,
  a.engine AS engine,
  a.verdict AS verdict,
  a.reason AS reason,
  a.detail AS detail
FROM run r
JOIN attempt a ON a.id BETWEEN r.id << 8 AND (r.id << 8) + 255
JOIN journey j ON j.id = r.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = r.location
JOIN word lane ON lane.id = r.lane;

CREATE VIEW v1_attempts AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  a.started_ms AS started_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.started_ms / 1000.0, 'unixepoch') AS started_at,
  a.started_ms / 1000 AS started_s,
  a.duration_us AS duration_us,
  a.cpu_us AS cpu_us,
  a.memory AS memory_bytes,
  verdict.word AS verdict,
  reason.word AS reason,
  json_extract(a.detail, '$.f.message') AS message,
  json_extract(a.detail, '$.f.left') AS seen,
  json_extract(a.detail, '$.f.right') AS expected,
  json_extract(a.detail, '$.f.source.file') AS source_file,
  nullif(json_extract(a.detail, '$.f.source.line'), 0) AS source_line,
  coalesce(json_array_length(a.detail, '$.s'), 0) AS steps,
  coalesce(json_array_length(a.detail, '$.r'), 0) AS requests,
  coalesce(json_array_length(a.detail, '$.c'), 0) AS checks,
  coalesce(json_extract(a.detail, '$.d'), 0) AS logs_dropped_bytes,
  nullif(lower(hex(v.component)), '') AS component,
  e.fingerprint AS fingerprint
FROM named_attempt a
JOIN journey_version v ON v.id = a.version
JOIN word verdict ON verdict.id = a.verdict
JOIN word reason ON reason.id = a.reason
JOIN engine e ON e.id = a.engine;

CREATE VIEW v1_steps AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  s.key AS step,
  json_extract(s.value, '$[0]') AS name,
  json_extract(s.value, '$[4]') AS parent,
  json_extract(s.value, '$[1]') AS started_us,
  json_extract(s.value, '$[2]') AS duration_us,
  CASE coalesce(json_extract(s.value, '$[3]'), 0) WHEN 0 THEN 'passed' WHEN 1 THEN 'failed' ELSE 'open' END AS outcome,
  json_extract(s.value, '$[5].message') AS message
FROM named_attempt a
JOIN json_each(a.detail, '$.s') s;

CREATE VIEW v1_requests AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  q.key AS request,
  json_extract(q.value, '$[0]') AS step,
  json_extract(q.value, '$[1]') AS started_us,
  json_extract(q.value, '$[2]') AS method,
  json_extract(a.detail, '$.o[' || json_extract(q.value, '$[3]') || ']') || json_extract(q.value, '$[4]') AS url,
  json_extract(q.value, '$[5]') AS status,
  coalesce(json_extract(q.value, '$[6]'), 0) AS total_us,
  coalesce(json_extract(q.value, '$[7]'), 0) AS dns_us,
  coalesce(json_extract(q.value, '$[8]'), 0) AS connect_us,
  coalesce(json_extract(q.value, '$[9]'), 0) AS tls_us,
  coalesce(json_extract(q.value, '$[10]'), 0) AS wait_us,
  coalesce(json_extract(q.value, '$[11]'), 0) AS receive_us,
  json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][0]') AS protocol,
  json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][1]') AS remote_address,
  json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][2]') AS tls_version,
  json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][3]') AS certificate_expires_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][3]') / 1000.0, 'unixepoch') AS certificate_expires_at,
  json_extract(a.detail, '$.p[' || json_extract(q.value, '$[12]') || '][3]') / 1000 AS certificate_expires_s,
  coalesce(json_extract(q.value, '$[13]'), 0) AS sent_bytes,
  coalesce(json_extract(q.value, '$[14]'), 0) AS received_bytes,
  coalesce(json_extract(q.value, '$[15]'), 0) & 1 AS is_reused,
  coalesce(json_extract(q.value, '$[15]'), 0) >> 1 & 1 AS is_redirected,
  json_extract(q.value, '$[16].kind') AS error,
  json_extract(q.value, '$[16].blame') AS blame,
  json_extract(q.value, '$[16].message') AS message,
  json_extract(q.value, '$[17]') AS excerpt
FROM named_attempt a
JOIN json_each(a.detail, '$.r') q;

CREATE VIEW v1_checks AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  c.key AS number,
  json_extract(c.value, '$[2]') AS step,
  json_extract(c.value, '$[1]') AS at_us,
  json_extract(c.value, '$[0]') AS name,
  coalesce(json_extract(c.value, '$[3]'), 0) & 1 AS is_soft,
  1 - (coalesce(json_extract(c.value, '$[3]'), 0) >> 1 & 1) AS holds,
  json_extract(c.value, '$[4]') AS seen,
  json_extract(c.value, '$[5]') AS expected,
  json_extract(c.value, '$[6][0]') AS source_file,
  nullif(json_extract(c.value, '$[6][1]'), 0) AS source_line
FROM named_attempt a
JOIN json_each(a.detail, '$.c') c;

CREATE VIEW v1_metrics AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  m.key AS number,
  json_extract(m.value, '$[1]') AS step,
  json_extract(m.value, '$[2]') AS at_us,
  json_extract(m.value, '$[0]') AS name,
  json_extract(m.value, '$[3]') AS value,
  coalesce(json_extract(m.value, '$[4]'), '') AS unit
FROM named_attempt a
JOIN json_each(a.detail, '$.m') m;

CREATE VIEW v1_logs AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  g.key AS number,
  json_extract(g.value, '$[3]') AS step,
  json_extract(g.value, '$[0]') AS at_us,
  json_extract(g.value, '$[1]') AS level,
  json_extract(g.value, '$[2]') AS message,
  CASE WHEN json_type(g.value, '$[4]') = 'array' THEN
    (SELECT json_group_object(json_extract(f.value, '$[0]'), json_extract(f.value, '$[1]'))
     FROM json_each(g.value, '$[4]') f)
  END AS fields
FROM named_attempt a
JOIN json_each(a.detail, '$.l') g;

CREATE VIEW v1_hourly AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  h.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.from_ms / 1000.0, 'unixepoch') AS from_at,
  h.from_ms / 1000 AS from_s,
  h.n AS n, h.passed AS passed, h.degraded AS degraded, h.failed AS failed, h.broken AS broken,
  h.inconclusive AS inconclusive, h.missed AS missed, h.skipped AS skipped, h.cancelled AS cancelled,
  h.first_good AS first_good, h.flaky AS flaky,
  h.passed + h.degraded AS good,
  h.passed + h.degraded + h.failed AS counted,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us
FROM hourly h
JOIN journey j ON j.id = h.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;

CREATE VIEW v1_daily AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  h.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.from_ms / 1000.0, 'unixepoch') AS from_at,
  h.from_ms / 1000 AS from_s,
  h.n AS n, h.passed AS passed, h.degraded AS degraded, h.failed AS failed, h.broken AS broken,
  h.inconclusive AS inconclusive, h.missed AS missed, h.skipped AS skipped, h.cancelled AS cancelled,
  h.first_good AS first_good, h.flaky AS flaky,
  h.passed + h.degraded AS good,
  h.passed + h.degraded + h.failed AS counted,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us
FROM daily h
JOIN journey j ON j.id = h.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;

CREATE VIEW v1_step_hourly AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  s.name AS step,
  l.name AS location,
  h.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.from_ms / 1000.0, 'unixepoch') AS from_at,
  h.from_ms / 1000 AS from_s,
  h.n AS n, h.passed AS passed, h.failed AS failed, h.open AS open,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us
FROM step_hourly h
JOIN step s ON s.id = h.step
JOIN journey j ON j.id = s.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;

CREATE VIEW v1_usage AS
SELECT
  t.name AS tenant,
  u.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', u.from_ms / 1000.0, 'unixepoch') AS from_at,
  u.from_ms / 1000 AS from_s,
  u.runs AS runs, u.attempts AS attempts, u.cpu_us AS cpu_us, u.wall_us AS wall_us,
  u.requests AS requests, u.sent_bytes AS sent_bytes, u.received_bytes AS received_bytes
FROM usage_daily u
JOIN tenant t ON t.id = u.tenant;
