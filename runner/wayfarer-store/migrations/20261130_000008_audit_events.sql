-- The audit trail: who did what and how it ended, each event chained to the one before it by its hash. The triggers guard it
-- against mistakes, and against this binary's own; `wayfarer audit-log --verify` finds what they could not prevent.

-- Tenants and tokens are named here and not referred to: what is written must mean the same whatever happens to their rows.
-- `hash` is SHA-256 over the hash before it and this row's fields (`src/audit_chain.rs`).
CREATE TABLE audit_event (
  id          INTEGER PRIMARY KEY,
  occurred_ms INTEGER NOT NULL,
  tenant      TEXT,
  actor_kind  TEXT NOT NULL,
  actor_token INTEGER,
  actor_name  TEXT,
  action      TEXT NOT NULL,
  object      TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  count       INTEGER NOT NULL,
  hash        BLOB NOT NULL
) STRICT;

-- One row: the last event that retention removed, to which the first one that is left is chained; and the newest event, so that
-- a trail whose end was cut off shows that. Numbers begin with 1.
CREATE TABLE audit_chain (
  removed_id   INTEGER NOT NULL,
  removed_hash BLOB NOT NULL,
  newest_id    INTEGER NOT NULL,
  newest_hash  BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (0, zeroblob(32), 0, zeroblob(32));

CREATE TRIGGER audit_event_grows_at_its_end BEFORE INSERT ON audit_event
WHEN NEW.id IS NOT (SELECT newest_id + 1 FROM audit_chain)
BEGIN
  SELECT RAISE(ABORT, 'an audit event is written after the newest one only');
END;

CREATE TRIGGER audit_event_is_newest AFTER INSERT ON audit_event
BEGIN
  UPDATE audit_chain SET newest_id = NEW.id, newest_hash = NEW.hash;
END;

CREATE TRIGGER audit_event_stays_as_it_is BEFORE UPDATE ON audit_event
BEGIN
  SELECT RAISE(ABORT, 'an audit event is never changed');
END;

-- Retention moves the beginning of the chain first.
CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event
WHEN OLD.id > (SELECT removed_id FROM audit_chain)
BEGIN
  SELECT RAISE(ABORT, 'only retention removes audit events, from the beginning of the chain');
END;

CREATE TRIGGER audit_chain_only_moves_on BEFORE UPDATE ON audit_chain
WHEN NEW.removed_id < OLD.removed_id OR NEW.newest_id < OLD.newest_id
  OR (NEW.removed_id, NEW.removed_hash) IS NOT (OLD.removed_id, OLD.removed_hash)
    AND NEW.removed_hash IS NOT (SELECT hash FROM audit_event WHERE id = NEW.removed_id)
  OR (NEW.newest_id, NEW.newest_hash) IS NOT (OLD.newest_id, OLD.newest_hash)
    AND NEW.newest_hash IS NOT (SELECT hash FROM audit_event WHERE id = NEW.newest_id)
BEGIN
  SELECT RAISE(ABORT, 'the ends of the audit trail are those of its events');
END;

CREATE TRIGGER audit_chain_is_one_row BEFORE INSERT ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'there is one audit trail');
END;

CREATE TRIGGER audit_chain_stays BEFORE DELETE ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'there is one audit trail');
END;
