-- Incidents: a journey at a location that fails, from its first bad look to its recovery, and what happened to them.

-- Runs are named by their numbers and not referred to: an incident outlives its runs.
CREATE TABLE incident (
  id                    INTEGER PRIMARY KEY,
  tenant                INTEGER NOT NULL REFERENCES tenant,
  journey               INTEGER NOT NULL REFERENCES journey,
  location              INTEGER NOT NULL REFERENCES location,
  -- `failing` pages; `broken`, `unproven` and `flaky` are tickets for the author; `no-data` is for the owner.
  kind                  TEXT NOT NULL,
  -- The first bad look, the look that opened the incident, the newest look, and the last good look before the first bad one.
  first_run             INTEGER NOT NULL,
  opening_run           INTEGER NOT NULL,
  latest_run            INTEGER NOT NULL,
  last_good_run         INTEGER,
  began_ms              INTEGER NOT NULL,
  opened_ms             INTEGER NOT NULL,
  resolved_ms           INTEGER,
  -- Evidence when it opened: looks since `began_ms`, how many of them were bad, the statistic and its bound.
  looks                 INTEGER NOT NULL,
  bad_looks             INTEGER NOT NULL,
  statistic             REAL NOT NULL,
  bound                 REAL NOT NULL,
  -- What people did.
  acknowledged_ms       INTEGER,
  acknowledged_by       TEXT,
  acknowledged_until_ms INTEGER,
  muted_until_ms        INTEGER,
  post_mortem           TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX incident_first ON incident (journey, location, kind, first_run);
CREATE INDEX incident_tenant ON incident (tenant, opened_ms);
CREATE INDEX incident_open ON incident (journey, location) WHERE resolved_ms IS NULL;

-- The time line. The ones that people are told of (`opened`, `reopened`, `resolved`) are the outbox: `routed_ms` is NULL until
-- their deliveries are written.
CREATE TABLE incident_event (
  id          INTEGER PRIMARY KEY,
  incident    INTEGER NOT NULL REFERENCES incident,
  occurred_ms INTEGER NOT NULL,
  -- opened, resolved, reopened, acknowledged, unacknowledged, muted, unmuted, noted, closed-by-hand
  kind        TEXT NOT NULL,
  -- The run that moved it; NULL where a person did.
  run         INTEGER,
  actor       TEXT NOT NULL DEFAULT '',
  note        TEXT NOT NULL DEFAULT '',
  routed_ms   INTEGER
) STRICT;
CREATE INDEX incident_event_of ON incident_event (incident, id);
CREATE INDEX incident_event_unrouted ON incident_event (id) WHERE routed_ms IS NULL;
