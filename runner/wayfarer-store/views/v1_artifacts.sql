CREATE VIEW v1_artifacts AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  f.number AS number,
  json_extract(a.detail, '$.a[' || f.number || '][3]') AS step,
  json_extract(a.detail, '$.a[' || f.number || '][4]') AS at_us,
  json_extract(a.detail, '$.a[' || f.number || '][0]') AS name,
  json_extract(a.detail, '$.a[' || f.number || '][1]') AS media_type,
  b.size AS size_bytes,
  lower(hex(b.digest)) AS digest
FROM named_attempt a
JOIN artifact f ON f.attempt = (a.run_number << 8) + a.attempt
JOIN blob b ON b.id = f.blob;
