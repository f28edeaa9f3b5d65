-- Retention looks for incidents that were over a long time ago.
CREATE INDEX incident_resolved ON incident (resolved_ms) WHERE resolved_ms IS NOT NULL;
