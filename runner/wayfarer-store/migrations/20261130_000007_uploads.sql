-- Uploads and tokens.

-- Storing a component again, as another tenant may, looks for the versions that name it.
CREATE INDEX journey_version_component ON journey_version (component);
