-- Notices on their way: one row for each notice and channel, from the routing of an event to the channel's answer.

CREATE TABLE delivery (
  id             INTEGER PRIMARY KEY,
  -- NULL for the platform's own.
  tenant         INTEGER REFERENCES tenant,
  incident       INTEGER NOT NULL REFERENCES incident,
  -- The event that it tells of; for a reminder and an escalation the one that opened the incident.
  incident_event INTEGER NOT NULL REFERENCES incident_event,
  -- opened, reopened, resolved, reminder, escalated
  kind           TEXT NOT NULL,
  -- Which reminder, from 1; 0 for the other kinds.
  ordinal        INTEGER NOT NULL,
  channel        TEXT NOT NULL,
  -- The incident that identifies the conversation in the channel. A grouped notice names the first incident of its group.
  thread         INTEGER NOT NULL REFERENCES incident,
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
CREATE INDEX delivery_due ON delivery (due_ms) WHERE state IN ('waiting', 'held', 'sending');
CREATE INDEX delivery_incident ON delivery (incident, channel);
CREATE INDEX delivery_thread ON delivery (thread, channel);
