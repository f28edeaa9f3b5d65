-- How long the runner itself did not run during an attempt. Nobody measured it before.

ALTER TABLE attempt ADD COLUMN stall_us INTEGER NOT NULL DEFAULT 0;
