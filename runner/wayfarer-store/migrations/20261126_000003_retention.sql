-- Retention: what is kept, from which instant on, and what stays although its time is over.

-- Up to where a kind was removed for a tenant; absent means that nothing was. For `runs` and `rollups` it is a UTC
-- midnight and is written before anything goes: nothing is derived from what lies before it, and nothing is missed
-- there. For `bodies`, `logs` and `artifacts` it is written once everything before it has been gone through.
CREATE TABLE kept (
  tenant  INTEGER NOT NULL REFERENCES tenant,
  kind    TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

-- Each journey's last failed run of the lane `scheduled`, which stays. Folded in the transaction that writes the run.
CREATE TABLE last_failure (
  journey INTEGER PRIMARY KEY REFERENCES journey,
  run     INTEGER NOT NULL,
  slot_ms INTEGER NOT NULL
) STRICT;
INSERT INTO last_failure (journey, run, slot_ms)
SELECT journey, id, max(slot_ms) FROM run
WHERE lane = (SELECT id FROM word WHERE kind = 'lane' AND word = 'scheduled')
  AND verdict = (SELECT id FROM word WHERE kind = 'verdict' AND word = 'failed')
GROUP BY journey;

-- Runs that were passed over as last failures when their bodies, logs or artifacts were removed: they are looked at
-- again once they are not the last any more.
CREATE TABLE spared (
  kind TEXT NOT NULL,
  run  INTEGER NOT NULL,
  PRIMARY KEY (kind, run)
) STRICT, WITHOUT ROWID;

-- The greatest number of a run that was removed: a number is never given twice, not even where no run is left.
CREATE TABLE removed_run (
  newest INTEGER NOT NULL
) STRICT;
INSERT INTO removed_run (newest) VALUES (0);
