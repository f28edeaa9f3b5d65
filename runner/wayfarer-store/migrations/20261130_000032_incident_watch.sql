-- How far the fold from runs to incidents has come, and what it knows. Everything here follows from the rows of `run`: without it
-- the fold begins at the first row again, and finds the incidents that are there.

CREATE TABLE incident_watch (
  journey   INTEGER PRIMARY KEY REFERENCES journey,
  -- A `JourneyWatch` of the model as JSON.
  state     TEXT NOT NULL,
  -- When the next confirmation run is due; NULL where none is wanted.
  wanted_ms INTEGER
) STRICT;
CREATE INDEX incident_watch_wanted ON incident_watch (wanted_ms) WHERE wanted_ms IS NOT NULL;

-- Looks a day of all journeys of a tenant, as JSON: what a budget of false pages is shared by.
CREATE TABLE incident_looks (
  tenant INTEGER PRIMARY KEY REFERENCES tenant,
  state  TEXT NOT NULL
) STRICT;

-- One row: the number of the newest run that is part of the states above, and how often somebody beside the fold has changed them.
CREATE TABLE incident_cursor (
  run   INTEGER NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;
INSERT INTO incident_cursor VALUES (0, 0);

-- A fold that begins again finds the same moves.
CREATE UNIQUE INDEX incident_event_moved ON incident_event (incident, kind, run) WHERE run IS NOT NULL;
