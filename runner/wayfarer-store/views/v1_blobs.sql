CREATE VIEW v1_blobs AS
SELECT
  t.name AS tenant,
  lower(hex(b.digest)) AS digest,
  b.size AS size_bytes,
  b.compression AS compression,
  b.stored AS stored_bytes,
  b.content AS content,
  b.file AS file,
  (SELECT count(*) FROM artifact f WHERE f.blob = b.id) + (SELECT count(*) FROM body y WHERE y.blob = b.id) AS uses
FROM blob b
JOIN tenant t ON t.id = b.tenant;
