-- What journeys noted of their runs, so that a run is found by it: the id of an order, the build of the target. Each row follows
-- from an attempt's packed detail, where `n` holds name, value, instant and step of each. Nothing has to be rebuilt.

CREATE TABLE annotation (
  run     INTEGER NOT NULL REFERENCES run,
  -- From 1, and the position among the attempt's, from 0.
  attempt INTEGER NOT NULL,
  number  INTEGER NOT NULL,
  -- The run's: a search of one tenant reads no other tenant's rows.
  tenant  INTEGER NOT NULL REFERENCES tenant,
  name    TEXT NOT NULL,
  value   TEXT NOT NULL,
  step    INTEGER,
  at_us   INTEGER NOT NULL,
  PRIMARY KEY (run, attempt, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX annotation_value ON annotation (name, value, tenant, run);

INSERT INTO annotation (run, attempt, number, tenant, name, value, step, at_us)
SELECT r.id, a.id & 255, n.key, j.tenant, json_extract(n.value, '$[0]'), json_extract(n.value, '$[1]'),
  json_extract(n.value, '$[3]'), coalesce(json_extract(n.value, '$[2]'), 0)
-- Most attempts have none, and looking for a text is quicker than reading JSON.
FROM attempt a JOIN json_each(a.detail, '$.n') n JOIN run r ON r.id = a.id >> 8 JOIN journey j ON j.id = r.journey
WHERE instr(a.detail, '"n":') > 0;

-- These rows count as stored bytes, as recordings do.
UPDATE stored_daily AS s SET bytes = s.bytes + n.bytes FROM (
  SELECT n.tenant AS tenant, r.slot_ms - r.slot_ms % 86400000 AS from_ms,
    sum(length(CAST(n.name AS BLOB)) + length(CAST(n.value AS BLOB))) AS bytes
  FROM annotation n JOIN run r ON r.id = n.run GROUP BY 1, 2
) n WHERE n.tenant = s.tenant AND n.from_ms = s.from_ms;
