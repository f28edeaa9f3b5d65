-- Contents of artifacts, and from now on of bodies: each once a tenant, by the SHA-256 of its bytes. What refers to a content are rows
-- of `artifact` and `body`; a content that nothing refers to goes with the last of them.
CREATE TABLE blob (
  id          INTEGER PRIMARY KEY,
  tenant      INTEGER NOT NULL REFERENCES tenant,
  digest      BLOB NOT NULL,
  -- Of the content, in bytes.
  size        INTEGER NOT NULL,
  -- `zlib`, or empty.
  compression TEXT NOT NULL,
  -- The bytes, compressed; NULL where they are in a file of the folder `blobs` beside the database.
  content     BLOB,
  file        TEXT,
  -- What it takes, in bytes, and on which day (UTC) of a slot: `stored_daily` has it there.
  stored      INTEGER NOT NULL,
  from_ms     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX blob_digest ON blob (tenant, digest);
CREATE INDEX blob_file ON blob (file) WHERE file IS NOT NULL;

ALTER TABLE artifact RENAME TO artifact_before;
CREATE TABLE artifact (
  attempt INTEGER NOT NULL REFERENCES attempt,
  -- The position among the attempt's artifacts, from 0; its detail has name and media type.
  number  INTEGER NOT NULL,
  blob    INTEGER NOT NULL REFERENCES blob,
  PRIMARY KEY (attempt, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_blob ON artifact (blob);

CREATE TABLE body (
  attempt INTEGER NOT NULL REFERENCES attempt,
  -- The position of the request among the attempt's requests, from 0; its detail has the heads.
  request INTEGER NOT NULL,
  -- 0: of the request; 1: of the answer.
  side    INTEGER NOT NULL,
  blob    INTEGER NOT NULL REFERENCES blob,
  PRIMARY KEY (attempt, request, side)
) STRICT, WITHOUT ROWID;
CREATE INDEX body_blob ON body (blob);

-- The rest of this step moves the contents over and drops `artifact_before`. They count as stored bytes once from then on.
UPDATE stored_daily AS s SET bytes = s.bytes - f.bytes FROM (
  SELECT j.tenant AS tenant, r.slot_ms - r.slot_ms % 86400000 AS from_ms, sum(length(f.content)) AS bytes
  FROM artifact_before f JOIN run r ON r.id = f.attempt >> 8 JOIN journey j ON j.id = r.journey GROUP BY 1, 2
) f WHERE f.tenant = s.tenant AND f.from_ms = s.from_ms;
