-- What the recordings of a tenant take in the database, by the day (UTC) of their slots: the packed details of attempts and the
-- contents of artifacts, in bytes. A day that takes nothing has no row.
CREATE TABLE stored_daily (
  tenant  INTEGER NOT NULL REFERENCES tenant,
  from_ms INTEGER NOT NULL,
  bytes   INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (tenant, from_ms)
) STRICT, WITHOUT ROWID;

INSERT INTO stored_daily (tenant, from_ms, bytes)
SELECT tenant, from_ms, sum(bytes) FROM (
  SELECT j.tenant AS tenant, r.slot_ms - r.slot_ms % 86400000 AS from_ms,
    (SELECT coalesce(sum(length(CAST(a.detail AS BLOB))), 0) FROM attempt a WHERE a.id BETWEEN r.id << 8 AND (r.id << 8) + 255)
    + (SELECT coalesce(sum(length(f.content)), 0) FROM artifact f WHERE f.attempt BETWEEN r.id << 8 AND (r.id << 8) + 255)
    AS bytes
  FROM run r JOIN journey j ON j.id = r.journey
) GROUP BY tenant, from_ms HAVING sum(bytes) > 0;
