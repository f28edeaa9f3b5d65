CREATE VIEW v1_exchanges AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  json_extract(x.value, '$[0]') AS request,
  json_extract(x.value, '$[1]') AS sent_headers,
  (SELECT b.size FROM body y JOIN blob b ON b.id = y.blob
   WHERE y.attempt = (a.run_number << 8) + a.attempt AND y.request = json_extract(x.value, '$[0]') AND y.side = 0) AS sent_body_bytes,
  (SELECT lower(hex(b.digest)) FROM body y JOIN blob b ON b.id = y.blob
   WHERE y.attempt = (a.run_number << 8) + a.attempt AND y.request = json_extract(x.value, '$[0]') AND y.side = 0) AS sent_body_digest,
  coalesce(json_extract(x.value, '$[3]'), 0) & 1 AS is_sent_body_cut,
  coalesce(json_extract(x.value, '$[3]'), 0) >> 1 & 1 AS is_answered,
  json_extract(x.value, '$[4]') AS received_headers,
  (SELECT b.size FROM body y JOIN blob b ON b.id = y.blob
   WHERE y.attempt = (a.run_number << 8) + a.attempt AND y.request = json_extract(x.value, '$[0]') AND y.side = 1) AS received_body_bytes,
  (SELECT lower(hex(b.digest)) FROM body y JOIN blob b ON b.id = y.blob
   WHERE y.attempt = (a.run_number << 8) + a.attempt AND y.request = json_extract(x.value, '$[0]') AND y.side = 1) AS received_body_digest,
  coalesce(json_extract(x.value, '$[3]'), 0) >> 2 & 1 AS is_received_body_cut,
  coalesce(json_extract(x.value, '$[2]'), 0) + coalesce(json_extract(x.value, '$[5]'), 0) AS headers_left_out
FROM named_attempt a
JOIN json_each(a.detail, '$.x') x;
