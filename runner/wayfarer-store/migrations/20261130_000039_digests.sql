-- A delivery knows since when it is to be sent, from which the server counts how long it has tried; and whether quiet hours held it, so that
-- what is sent as one message stays one after a try that failed.

ALTER TABLE delivery ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0;
UPDATE delivery SET since_ms = CASE state WHEN 'held' THEN due_ms ELSE routed_ms END, is_held = state = 'held';
