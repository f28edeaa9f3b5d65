-- How far the export of traces by OTLP has come. No row: nothing is exported, or nothing was yet.
CREATE TABLE trace_export (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  -- The newest run that a receiver has, or that is none of those to be sent. Runs are numbered in the order of their commits.
  run INTEGER NOT NULL
) STRICT;
