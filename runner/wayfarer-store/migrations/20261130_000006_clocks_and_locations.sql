-- Clocks that leap, and locations with a beginning.

-- What a process knew of the time when it was last asked: the wall clock that it believed beside the clock that counts from
-- the machine's boot. The next process of the same boot goes on with the same difference. `retention_ms` is the instant that
-- retention last took for now; `rest_ms` is how much longer it removed nothing then.
CREATE TABLE clock (
  location     INTEGER PRIMARY KEY REFERENCES location,
  boot         TEXT NOT NULL,
  boot_ms      INTEGER NOT NULL,
  wall_ms      INTEGER NOT NULL,
  rest_ms      INTEGER NOT NULL,
  retention_ms INTEGER
) STRICT;

-- When the runner of this file was at a location: slots that were due at other times are not that location's. At most one
-- period is open.
CREATE TABLE location_period (
  id       INTEGER PRIMARY KEY,
  location INTEGER NOT NULL REFERENCES location,
  from_ms  INTEGER NOT NULL,
  until_ms INTEGER
) STRICT;
-- Until now a location had no beginning: each had every slot until its watermark, and the one of the newest process goes on.
INSERT INTO location_period (location, from_ms, until_ms)
SELECT id, 0, CASE WHEN id = (SELECT location FROM incarnation ORDER BY id DESC LIMIT 1) THEN NULL ELSE planned_until_ms + 1 END
FROM location WHERE planned_until_ms IS NOT NULL OR id = (SELECT location FROM incarnation ORDER BY id DESC LIMIT 1);

-- Each location has a last failure of its own.
DROP TABLE last_failure;
CREATE TABLE last_failure (
  journey  INTEGER NOT NULL REFERENCES journey,
  location INTEGER NOT NULL REFERENCES location,
  run      INTEGER NOT NULL,
  slot_ms  INTEGER NOT NULL,
  PRIMARY KEY (journey, location)
) STRICT, WITHOUT ROWID;
INSERT INTO last_failure (journey, location, run, slot_ms)
SELECT journey, location, id, max(slot_ms) FROM run
WHERE lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
  AND verdict = (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'failed')
GROUP BY journey, location;

-- Confirmation runs are outside of the quota.
ALTER TABLE usage_daily ADD COLUMN confirm_runs INTEGER NOT NULL DEFAULT 0;

-- Starts of runs whose row was there already: their end was refused, and the start stayed.
DELETE FROM started WHERE EXISTS (
  SELECT 1 FROM run r WHERE r.journey = started.journey AND r.slot_ms = started.slot_ms AND r.location = started.location
    AND r.lane = started.lane AND r.seq = started.seq);
