-- Uploads and tokens.

-- Storing a component again, as another tenant may, looks for the versions that name it. So does the removal of what no
-- version names.
CREATE INDEX journey_version_component ON journey_version (component);

-- A token may end by itself, and its last use is known to the minute.
ALTER TABLE token ADD COLUMN expires_ms INTEGER;
ALTER TABLE token ADD COLUMN used_ms INTEGER;

-- Rows name the token that made them by its id and its name. A name means one token of its tenant that is not revoked; no
-- tenant means every tenant.
UPDATE token SET name = name || ' (' || id || ')'
WHERE revoked_ms IS NULL AND EXISTS (
  SELECT 1 FROM token o
  WHERE o.id < token.id AND o.revoked_ms IS NULL AND o.name = token.name AND coalesce(o.tenant, 0) = coalesce(token.tenant, 0)
);
CREATE UNIQUE INDEX token_name ON token (coalesce(tenant, 0), name) WHERE revoked_ms IS NULL;
