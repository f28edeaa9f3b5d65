-- A component that no version within retention names loses its content, and is removed where no version names it at all.
-- Both are asked of the versions by component.

CREATE INDEX journey_version_component ON journey_version (component) WHERE component IS NOT NULL;
