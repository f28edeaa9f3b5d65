-- Base tables are private: consumers read the views of 20261124_000002_views.sql.
-- Small integers inside, UUIDv7 outside. Verdicts, reasons and lanes are words of the dictionary table.

CREATE TABLE word (
  id   INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  word TEXT NOT NULL,
  UNIQUE (kind, word)
) STRICT;

CREATE TABLE tenant (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- What the runner's configuration said of a tenant, from when on. Append-only.
CREATE TABLE tenant_version (
  id            INTEGER PRIMARY KEY,
  tenant        INTEGER NOT NULL REFERENCES tenant,
  valid_from_ms INTEGER NOT NULL,
  enabled       INTEGER NOT NULL,
  policy        TEXT NOT NULL
) STRICT;
CREATE INDEX tenant_version_tenant ON tenant_version (tenant, valid_from_ms);

-- Every slot whose fire instant is at or before planned_until_ms has its row, or is in `started`.
CREATE TABLE location (
  id               INTEGER PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE,
  planned_until_ms INTEGER
) STRICT;

CREATE TABLE incarnation (
  id         INTEGER PRIMARY KEY,
  location   INTEGER NOT NULL REFERENCES location,
  started_ms INTEGER NOT NULL,
  stopped_ms INTEGER,
  version    TEXT NOT NULL
) STRICT;

CREATE TABLE component (
  digest      BLOB PRIMARY KEY,
  size        INTEGER NOT NULL,
  uploaded_ms INTEGER NOT NULL,
  journeys    TEXT NOT NULL,
  content     BLOB NOT NULL
) STRICT;

CREATE TABLE component_tenant (
  digest BLOB NOT NULL REFERENCES component,
  tenant INTEGER NOT NULL REFERENCES tenant,
  PRIMARY KEY (digest, tenant)
) STRICT, WITHOUT ROWID;

CREATE TABLE journey (
  id     INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL REFERENCES tenant,
  name   TEXT NOT NULL,
  UNIQUE (tenant, name)
) STRICT;

-- One row a version, append-only: schedule, policy and parameters together. A version without a spec is
-- the journey's removal.
CREATE TABLE journey_version (
  id            INTEGER PRIMARY KEY,
  journey       INTEGER NOT NULL REFERENCES journey,
  number        INTEGER NOT NULL,
  valid_from_ms INTEGER NOT NULL,
  deployed_ms   INTEGER NOT NULL,
  deployed_by   TEXT NOT NULL,
  component     BLOB REFERENCES component,
  spec          TEXT,
  UNIQUE (journey, number)
) STRICT;

CREATE TABLE pause (
  id         INTEGER PRIMARY KEY,
  journey    INTEGER NOT NULL REFERENCES journey,
  from_ms    INTEGER NOT NULL,
  until_ms   INTEGER,
  paused_by  TEXT NOT NULL,
  why        TEXT NOT NULL,
  resumed_by TEXT
) STRICT;
CREATE INDEX pause_journey ON pause (journey, from_ms);

-- Runs under way. A row leaves in the transaction that writes the run's own.
CREATE TABLE started (
  uid         BLOB PRIMARY KEY,
  journey     INTEGER NOT NULL REFERENCES journey,
  version     INTEGER NOT NULL REFERENCES journey_version,
  policy      INTEGER NOT NULL REFERENCES tenant_version,
  location    INTEGER NOT NULL REFERENCES location,
  slot_ms     INTEGER NOT NULL,
  lane        INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  started_ms  INTEGER NOT NULL,
  incarnation INTEGER NOT NULL,
  fence       INTEGER NOT NULL,
  UNIQUE (journey, location, lane, slot_ms, seq)
) STRICT, WITHOUT ROWID;

-- One row for each slot that was due and each run that was asked for, written once.
CREATE TABLE run (
  id            INTEGER PRIMARY KEY,
  uid           BLOB NOT NULL,
  journey       INTEGER NOT NULL REFERENCES journey,
  version       INTEGER NOT NULL REFERENCES journey_version,
  policy        INTEGER NOT NULL REFERENCES tenant_version,
  location      INTEGER NOT NULL REFERENCES location,
  slot_ms       INTEGER NOT NULL,
  lane          INTEGER NOT NULL,
  seq           INTEGER NOT NULL,
  started_ms    INTEGER,
  finished_ms   INTEGER NOT NULL,
  duration_us   INTEGER,
  verdict       INTEGER NOT NULL,
  first_verdict INTEGER,
  reason        INTEGER NOT NULL,
  attempts      INTEGER NOT NULL,
  incarnation   INTEGER NOT NULL,
  -- The instant comes second, so that a journey's period is one range whatever the location and the lane.
  UNIQUE (journey, slot_ms, location, lane, seq)
) STRICT;
CREATE INDEX run_slot ON run (slot_ms);

CREATE TABLE engine (
  id          INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE
) STRICT;

-- id = run.id * 256 + number. `detail` is packed JSON, read through the views.
CREATE TABLE attempt (
  id          INTEGER PRIMARY KEY,
  started_ms  INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  cpu_us      INTEGER NOT NULL,
  memory      INTEGER NOT NULL,
  engine      INTEGER NOT NULL REFERENCES engine,
  verdict     INTEGER NOT NULL,
  reason      INTEGER NOT NULL,
  detail      TEXT NOT NULL
) STRICT;

CREATE TABLE artifact (
  attempt    INTEGER NOT NULL REFERENCES attempt,
  number     INTEGER NOT NULL,
  content    BLOB NOT NULL,
  PRIMARY KEY (attempt, number)
) STRICT;

-- Roll-ups: derived from `run` and `attempt` of the lane `scheduled`, folded in the same transaction. The time
-- comes first in their keys: what a commit changes is the newest period of many journeys, and these rows then
-- share pages. (With the journey first, a thousand journeys' commits write thirty times as much.)
CREATE TABLE hourly (
  journey INTEGER NOT NULL REFERENCES journey,
  location INTEGER NOT NULL REFERENCES location,
  from_ms INTEGER NOT NULL,
  n INTEGER NOT NULL, passed INTEGER NOT NULL, degraded INTEGER NOT NULL, failed INTEGER NOT NULL,
  broken INTEGER NOT NULL, inconclusive INTEGER NOT NULL, missed INTEGER NOT NULL, skipped INTEGER NOT NULL,
  cancelled INTEGER NOT NULL, first_good INTEGER NOT NULL, flaky INTEGER NOT NULL,
  sum_us INTEGER NOT NULL, min_us INTEGER, max_us INTEGER,
  p50_us INTEGER, p90_us INTEGER, p95_us INTEGER, p99_us INTEGER,
  sketch BLOB NOT NULL,
  PRIMARY KEY (from_ms, journey, location)
) STRICT, WITHOUT ROWID;
CREATE INDEX hourly_journey ON hourly (journey, from_ms);

CREATE TABLE daily (
  journey INTEGER NOT NULL REFERENCES journey,
  location INTEGER NOT NULL REFERENCES location,
  from_ms INTEGER NOT NULL,
  n INTEGER NOT NULL, passed INTEGER NOT NULL, degraded INTEGER NOT NULL, failed INTEGER NOT NULL,
  broken INTEGER NOT NULL, inconclusive INTEGER NOT NULL, missed INTEGER NOT NULL, skipped INTEGER NOT NULL,
  cancelled INTEGER NOT NULL, first_good INTEGER NOT NULL, flaky INTEGER NOT NULL,
  sum_us INTEGER NOT NULL, min_us INTEGER, max_us INTEGER,
  p50_us INTEGER, p90_us INTEGER, p95_us INTEGER, p99_us INTEGER,
  sketch BLOB NOT NULL,
  PRIMARY KEY (from_ms, journey, location)
) STRICT, WITHOUT ROWID;
CREATE INDEX daily_journey ON daily (journey, from_ms);

CREATE TABLE step (
  id      INTEGER PRIMARY KEY,
  journey INTEGER NOT NULL REFERENCES journey,
  name    TEXT NOT NULL,
  UNIQUE (journey, name)
) STRICT;

CREATE TABLE step_hourly (
  step INTEGER NOT NULL REFERENCES step,
  location INTEGER NOT NULL REFERENCES location,
  from_ms INTEGER NOT NULL,
  n INTEGER NOT NULL, passed INTEGER NOT NULL, failed INTEGER NOT NULL, open INTEGER NOT NULL,
  sum_us INTEGER NOT NULL, min_us INTEGER, max_us INTEGER,
  p50_us INTEGER, p90_us INTEGER, p95_us INTEGER, p99_us INTEGER,
  sketch BLOB NOT NULL,
  PRIMARY KEY (from_ms, step, location)
) STRICT, WITHOUT ROWID;
CREATE INDEX step_hourly_step ON step_hourly (step, from_ms);

-- What every lane together used.
CREATE TABLE usage_daily (
  tenant INTEGER NOT NULL REFERENCES tenant,
  from_ms INTEGER NOT NULL,
  runs INTEGER NOT NULL, attempts INTEGER NOT NULL, cpu_us INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  requests INTEGER NOT NULL, sent_bytes INTEGER NOT NULL, received_bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant, from_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  id         INTEGER PRIMARY KEY,
  hash       BLOB NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  tenant     INTEGER REFERENCES tenant,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;
