-- Runs that a person takes out of the rates, because the fault was neither the target's nor the journey's. The row of a run stays.

CREATE TABLE run_void (
  id        INTEGER PRIMARY KEY,
  tenant    INTEGER NOT NULL REFERENCES tenant,
  voided_ms INTEGER NOT NULL,
  voided_by TEXT NOT NULL,
  note      TEXT NOT NULL
) STRICT;

-- NULL for a run that counts as its verdict says.
ALTER TABLE run ADD COLUMN void INTEGER REFERENCES run_void;
ALTER TABLE hourly ADD COLUMN voided INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN voided INTEGER NOT NULL DEFAULT 0;
