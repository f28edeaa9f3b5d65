-- What registries said of the domains that journeys call: when a registration expires, and when a domain is looked up again.
CREATE TABLE domain (
  name TEXT NOT NULL PRIMARY KEY,
  -- As the registry said last; NULL before it did.
  expires_ms INTEGER,
  seen_ms INTEGER,
  asked_ms INTEGER NOT NULL,
  -- Why the last question has no answer; NULL if it has.
  problem TEXT,
  ask_again_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
