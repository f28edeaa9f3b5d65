-- The first condition is on the run alone, so SQLite reads the attempts of flaky runs and no others.
CREATE VIEW v1_flakes AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  v.number AS version,
  r.maintenance IS NULL AND r.void IS NULL AND a.lane = 'scheduled' AS is_counted,
  reason.word AS reason,
  (SELECT json_extract(s.value, '$[0]') FROM json_each(a.detail, '$.s') s
   WHERE coalesce(json_extract(s.value, '$[3]'), 0) <> 0 ORDER BY s.key DESC LIMIT 1) AS step,
  (SELECT json_extract(c.value, '$[0]') FROM json_each(a.detail, '$.c') c
   WHERE coalesce(json_extract(c.value, '$[3]'), 0) & 3 = 2 ORDER BY c.key DESC LIMIT 1) AS check_name,
  json_extract(a.detail, '$.f.message') AS message
FROM run r
JOIN dictionary final ON final.id = r.verdict AND final.word IN ('passed', 'degraded')
JOIN dictionary first ON first.id = r.first_verdict AND first.word NOT IN ('passed', 'degraded')
JOIN named_attempt a ON a.run_number = r.id AND a.attempt < r.attempts
JOIN journey_version v ON v.id = a.version
JOIN dictionary reason ON reason.id = a.reason;
