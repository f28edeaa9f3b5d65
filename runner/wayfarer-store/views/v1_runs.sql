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
  v.revision AS revision,
  v.labels AS labels,
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
  verdict.word IN ('passed', 'degraded', 'failed') AND lane.word = 'scheduled' AND r.maintenance IS NULL AND r.void IS NULL AS is_counted,
  r.incarnation AS incarnation,
  (SELECT json_extract(a.detail, '$.f.message') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS message,
  CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END AS due_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END / 1000.0, 'unixepoch') AS due_at,
  CASE lane.word WHEN 'scheduled' THEN r.slot_ms + v.delay_ms ELSE r.slot_ms END / 1000 AS due_s,
  r.maintenance AS maintenance,
  r.void IS NOT NULL AS is_void,
  void.voided_ms AS voided_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', void.voided_ms / 1000.0, 'unixepoch') AS voided_at,
  void.voided_ms / 1000 AS voided_s,
  void.voided_by AS voided_by,
  void.note AS void_note,
  (SELECT json_extract(a.detail, '$.g[0]') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS fingerprint,
  (SELECT json_extract(a.detail, '$.g[1]') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS failed_step,
  (SELECT json_extract(a.detail, '$.g[2]') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS failed_check,
  (SELECT json_extract(a.detail, '$.f.source.file') FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS source_file,
  (SELECT nullif(json_extract(a.detail, '$.f.source.line'), 0) FROM attempt a WHERE a.id = (r.id << 8) + r.attempts) AS source_line
FROM run r
JOIN journey j ON j.id = r.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = r.location
JOIN journey_version v ON v.id = r.version
JOIN dictionary lane ON lane.id = r.lane
JOIN dictionary verdict ON verdict.id = r.verdict
JOIN dictionary reason ON reason.id = r.reason
LEFT JOIN dictionary first ON first.id = r.first_verdict
LEFT JOIN run_void void ON void.id = r.void;
