-- Private: the columns that every view of an attempt's parts has in common. The join goes from a run to a range of
-- attempt ids. The other direction (`a.id >> 8`) would read every attempt, whatever filter a query puts on the run.
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
  a.stall_us AS stall_us,
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
JOIN dictionary lane ON lane.id = r.lane;
