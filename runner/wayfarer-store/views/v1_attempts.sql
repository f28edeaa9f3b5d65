CREATE VIEW v1_attempts AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  a.started_ms AS started_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.started_ms / 1000.0, 'unixepoch') AS started_at,
  a.started_ms / 1000 AS started_s,
  a.duration_us AS duration_us,
  a.cpu_us AS cpu_us,
  a.stall_us AS stall_us,
  a.memory AS memory_bytes,
  verdict.word AS verdict,
  reason.word AS reason,
  json_extract(a.detail, '$.f.message') AS message,
  json_extract(a.detail, '$.f.actual') AS actual,
  json_extract(a.detail, '$.f.expected') AS expected,
  json_extract(a.detail, '$.f.source.file') AS source_file,
  nullif(json_extract(a.detail, '$.f.source.line'), 0) AS source_line,
  coalesce(json_array_length(a.detail, '$.s'), 0) AS steps,
  coalesce(json_extract(a.detail, '$.u[0]'), json_array_length(a.detail, '$.r'), 0) AS requests,
  coalesce(json_array_length(a.detail, '$.c'), 0) AS checks,
  coalesce(json_extract(a.detail, '$.d'), 0) AS logs_dropped_bytes,
  json_type(a.detail, '$.u') IS NOT NULL AS is_reduced,
  nullif(lower(hex(v.component)), '') AS component,
  e.fingerprint AS fingerprint
FROM named_attempt a
JOIN journey_version v ON v.id = a.version
JOIN dictionary verdict ON verdict.id = a.verdict
JOIN dictionary reason ON reason.id = a.reason
JOIN engine e ON e.id = a.engine;
