-- What keeps slots from being run on purpose: maintenance windows and kill switches, each with who, when and why. And
-- how late after its slot a run is due.

-- Nothing of a window changes but its end; `planned_ms` is when it was written down, and from then on it is in force
-- whenever its span says so. No tenant means every tenant, no journeys mean all.
CREATE TABLE maintenance (
  id         INTEGER PRIMARY KEY,
  tenant     INTEGER REFERENCES tenant,
  journeys   TEXT,
  mode       TEXT NOT NULL,
  span       TEXT NOT NULL,
  planned_ms INTEGER NOT NULL,
  planned_by TEXT NOT NULL,
  why        TEXT NOT NULL,
  ended_ms   INTEGER,
  ended_by   TEXT
) STRICT;

-- No tenant means the whole runner.
CREATE TABLE kill_switch (
  id         INTEGER PRIMARY KEY,
  tenant     INTEGER REFERENCES tenant,
  from_ms    INTEGER NOT NULL,
  until_ms   INTEGER,
  stopped_by TEXT NOT NULL,
  why        TEXT NOT NULL,
  started_by TEXT
) STRICT;

-- The window in which the slot was due.
ALTER TABLE run ADD COLUMN maintenance INTEGER REFERENCES maintenance;
ALTER TABLE started ADD COLUMN maintenance INTEGER REFERENCES maintenance;

-- Runs within a window that mutes: in `n` and here, and in no other figure.
ALTER TABLE hourly ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;

-- How long after a slot its run is due: the journey's share of the spread. Written with the version; for versions from
-- before this step the next server that opens the file computes it.
ALTER TABLE journey_version ADD COLUMN delay_ms INTEGER;

DROP VIEW v1_journeys;
DROP VIEW v1_runs;
DROP VIEW v1_hourly;
DROP VIEW v1_daily;

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
  v.deployed_by AS deployed_by,
  v.delay_ms AS delay_ms,
  json_extract(v.spec, '$.timing.grace.secs') * 1000000 + json_extract(v.spec, '$.timing.grace.nanos') / 1000 AS grace_us,
  json_extract(v.spec, '$.limits.wall.secs') * 1000000 + json_extract(v.spec, '$.limits.wall.nanos') / 1000 AS timeout_us,
  json_extract(v.spec, '$.timing.overlap') AS overlap,
  json_extract(v.spec, '$.timing.when_failing') AS when_failing,
  json_extract(v.spec, '$.group') AS journey_group,
  json_extract(v.spec, '$.params') AS params,
  EXISTS (SELECT 1 FROM kill_switch k WHERE k.until_ms IS NULL AND (k.tenant IS NULL OR k.tenant = j.tenant)) AS is_stopped
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
  verdict.word IN ('passed', 'degraded', 'failed') AND lane.word = 'scheduled' AND r.maintenance IS NULL AS counts,
  r.incarnation AS incarnation,
  (SELECT json_extract(a.detail, '$.f.message') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS message,
  CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END AS due_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END / 1000.0, 'unixepoch') AS due_at,
  CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END / 1000 AS due_s,
  r.maintenance AS maintenance
FROM run r
JOIN journey j ON j.id = r.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = r.location
JOIN journey_version v ON v.id = r.version
JOIN word lane ON lane.id = r.lane
JOIN word verdict ON verdict.id = r.verdict
JOIN word reason ON reason.id = r.reason
LEFT JOIN word first ON first.id = r.first_verdict;

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
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us,
  h.muted AS muted
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
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us,
  h.muted AS muted
FROM daily h
JOIN journey j ON j.id = h.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;

CREATE VIEW v1_maintenance AS
SELECT
  m.id AS maintenance,
  t.name AS tenant,
  (SELECT group_concat(n.value, ',') FROM json_each(m.journeys) n) AS journeys,
  m.mode AS mode,
  json_extract(m.span, '$.weekly.window') AS weekly,
  json_extract(m.span, '$.weekly.zone') AS zone,
  json_extract(m.span, '$.once.from') AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(m.span, '$.once.from') / 1000.0, 'unixepoch') AS from_at,
  json_extract(m.span, '$.once.from') / 1000 AS from_s,
  json_extract(m.span, '$.once.until') AS until_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(m.span, '$.once.until') / 1000.0, 'unixepoch') AS until_at,
  json_extract(m.span, '$.once.until') / 1000 AS until_s,
  m.planned_ms AS planned_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.planned_ms / 1000.0, 'unixepoch') AS planned_at,
  m.planned_ms / 1000 AS planned_s,
  m.planned_by AS planned_by,
  m.why AS why,
  m.ended_ms AS ended_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.ended_ms / 1000.0, 'unixepoch') AS ended_at,
  m.ended_ms / 1000 AS ended_s,
  m.ended_by AS ended_by
FROM maintenance m
LEFT JOIN tenant t ON t.id = m.tenant;

CREATE VIEW v1_kill_switches AS
SELECT
  k.id AS kill_switch,
  t.name AS tenant,
  k.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', k.from_ms / 1000.0, 'unixepoch') AS from_at,
  k.from_ms / 1000 AS from_s,
  k.until_ms AS until_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', k.until_ms / 1000.0, 'unixepoch') AS until_at,
  k.until_ms / 1000 AS until_s,
  k.stopped_by AS stopped_by,
  k.why AS why,
  k.started_by AS started_by
FROM kill_switch k
LEFT JOIN tenant t ON t.id = k.tenant;
