-- Incidents of something that is no journey: of the runner itself, which are the platform's own, and of a host that a tenant's journeys call.
-- Nobody can be told of what the runner may have caused before that is clear, so an event may be held.

-- The views are made anew after the steps.
DROP VIEW IF EXISTS v1_deliveries;
DROP VIEW IF EXISTS v1_incident_events;
DROP VIEW IF EXISTS v1_incidents;
DELETE FROM view_file WHERE name IN ('v1_deliveries', 'v1_incident_events', 'v1_incidents');

CREATE TABLE new_incident (
  id                    INTEGER PRIMARY KEY,
  -- NULL for the platform's own, which no tenant sees.
  tenant                INTEGER REFERENCES tenant,
  -- NULL where it is of no journey.
  journey               INTEGER REFERENCES journey,
  location              INTEGER NOT NULL REFERENCES location,
  -- `failing` and `no-data` page, and so do the platform's `common-mode` and `runner-unwell`; the others are tickets.
  kind                  TEXT NOT NULL,
  -- What it is of where that is no journey: a host. Empty for a journey and for the runner.
  subject               TEXT NOT NULL DEFAULT '',
  -- What was found where no run shows it; may be empty.
  summary               TEXT NOT NULL DEFAULT '',
  -- Numbers of runs, as before; NULL where it is of no journey.
  first_run             INTEGER,
  opening_run           INTEGER,
  latest_run            INTEGER,
  last_good_run         INTEGER,
  last_bad_run          INTEGER,
  sample_run            INTEGER,
  began_ms              INTEGER NOT NULL,
  opened_ms             INTEGER NOT NULL,
  resolved_ms           INTEGER,
  looks                 INTEGER NOT NULL DEFAULT 0,
  bad_looks             INTEGER NOT NULL DEFAULT 0,
  statistic             REAL NOT NULL DEFAULT 0,
  bound                 REAL NOT NULL DEFAULT 0,
  acknowledged_ms       INTEGER,
  acknowledged_by       TEXT,
  acknowledged_until_ms INTEGER,
  muted_until_ms        INTEGER,
  post_mortem           TEXT NOT NULL DEFAULT '',
  CHECK ((journey IS NULL) = (first_run IS NULL) AND (journey IS NULL OR tenant IS NOT NULL))
) STRICT;
INSERT INTO new_incident (id, tenant, journey, location, kind, first_run, opening_run, latest_run, last_good_run, last_bad_run, sample_run,
    began_ms, opened_ms, resolved_ms, looks, bad_looks, statistic, bound, acknowledged_ms, acknowledged_by, acknowledged_until_ms, muted_until_ms, post_mortem)
  SELECT id, tenant, journey, location, kind, first_run, opening_run, latest_run, last_good_run, last_bad_run, sample_run,
    began_ms, opened_ms, resolved_ms, looks, bad_looks, statistic, bound, acknowledged_ms, acknowledged_by, acknowledged_until_ms, muted_until_ms, post_mortem FROM incident;

CREATE TABLE new_incident_event (
  id          INTEGER PRIMARY KEY,
  incident    INTEGER NOT NULL REFERENCES new_incident,
  occurred_ms INTEGER NOT NULL,
  -- opened, resolved, reopened, acknowledged, unacknowledged, muted, unmuted, noted, closed-by-hand
  kind        TEXT NOT NULL,
  -- The run that moved it; NULL where a person did, or where it is of no journey.
  run         INTEGER,
  actor       TEXT NOT NULL DEFAULT '',
  note        TEXT NOT NULL DEFAULT '',
  routed_ms   INTEGER,
  -- The number of the platform's incident that the event was held for; it stays when the event has left the outbox. It refers to no row, because
  -- a tenant's export has the tenant's incidents alone.
  held_for    INTEGER
) STRICT;
INSERT INTO new_incident_event (id, incident, occurred_ms, kind, run, actor, note, routed_ms)
  SELECT id, incident, occurred_ms, kind, run, actor, note, routed_ms FROM incident_event;

CREATE TABLE new_delivery (
  id             INTEGER PRIMARY KEY,
  -- NULL for the platform's own.
  tenant         INTEGER REFERENCES tenant,
  incident       INTEGER NOT NULL REFERENCES new_incident,
  -- The event that it tells of; for a reminder and an escalation the one that opened the incident.
  incident_event INTEGER NOT NULL REFERENCES new_incident_event,
  -- opened, reopened, resolved, reminder, escalated
  kind           TEXT NOT NULL,
  -- Which reminder, from 1; 0 for the other kinds.
  ordinal        INTEGER NOT NULL,
  channel        TEXT NOT NULL,
  -- The incident that identifies the conversation in the channel. A grouped notice names the first incident of its group.
  thread         INTEGER NOT NULL REFERENCES new_incident,
  -- waiting, held (by quiet hours), grouped (another row of the thread tells of it), sending, delivered, dead
  state          TEXT NOT NULL,
  -- The channel that did not take it, where this is its fallback.
  fallback_of    TEXT,
  routed_ms      INTEGER NOT NULL,
  due_ms         INTEGER NOT NULL,
  attempts       INTEGER NOT NULL DEFAULT 0,
  -- While it is being sent: until when, after which it is sent again.
  lease_ms       INTEGER,
  last_error     TEXT,
  delivered_ms   INTEGER,
  -- SHA-256 of the body that the channel took.
  digest         BLOB,
  UNIQUE (incident_event, channel, kind, ordinal)
) STRICT;
INSERT INTO new_delivery (id, tenant, incident, incident_event, kind, ordinal, channel, thread, state, fallback_of, routed_ms, due_ms, attempts,
    lease_ms, last_error, delivered_ms, digest)
  SELECT id, tenant, incident, incident_event, kind, ordinal, channel, thread, state, fallback_of, routed_ms, due_ms, attempts,
    lease_ms, last_error, delivered_ms, digest FROM delivery;

DROP TABLE delivery;
DROP TABLE incident_event;
DROP TABLE incident;
ALTER TABLE new_incident RENAME TO incident;
ALTER TABLE new_incident_event RENAME TO incident_event;
ALTER TABLE new_delivery RENAME TO delivery;

CREATE UNIQUE INDEX incident_first ON incident (journey, location, kind, first_run);
CREATE INDEX incident_tenant ON incident (tenant, opened_ms);
CREATE INDEX incident_open ON incident (journey, location) WHERE resolved_ms IS NULL;
CREATE INDEX incident_matter ON incident (kind, subject) WHERE journey IS NULL;

CREATE INDEX incident_event_of ON incident_event (incident, id);
CREATE INDEX incident_event_unrouted ON incident_event (id) WHERE routed_ms IS NULL;
CREATE UNIQUE INDEX incident_event_moved ON incident_event (incident, kind, run) WHERE run IS NOT NULL;

CREATE INDEX delivery_due ON delivery (due_ms) WHERE state IN ('waiting', 'held', 'sending');
CREATE INDEX delivery_incident ON delivery (incident, channel);
CREATE INDEX delivery_thread ON delivery (thread, channel);
