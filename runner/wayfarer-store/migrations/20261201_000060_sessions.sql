-- Sessions of browsers: who is signed in to the pages, and until when.

-- `hash` is SHA-256 of the session's secret, which the browser alone has. A session that began with a token names it, and ends with it; one
-- that began at an identity provider has the provider's issuer and subject. Role and tenant are those of that time: a token's never change.
CREATE TABLE session (
  id         INTEGER PRIMARY KEY,
  hash       BLOB NOT NULL UNIQUE,
  token      INTEGER REFERENCES token,
  issuer     TEXT,
  subject    TEXT,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  tenant     INTEGER REFERENCES tenant,
  created_ms INTEGER NOT NULL,
  used_ms    INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  ended_ms   INTEGER,
  CHECK ((token IS NULL) = (issuer IS NOT NULL) AND (issuer IS NULL) = (subject IS NULL))
) STRICT;
CREATE INDEX session_by_token ON session (token) WHERE token IS NOT NULL;
CREATE INDEX session_by_subject ON session (issuer, subject) WHERE issuer IS NOT NULL;
