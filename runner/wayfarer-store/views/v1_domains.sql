CREATE VIEW v1_domains AS
SELECT
  d.name AS domain,
  d.expires_ms AS expires_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.expires_ms / 1000.0, 'unixepoch') AS expires_at,
  d.expires_ms / 1000 AS expires_s,
  d.seen_ms AS seen_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.seen_ms / 1000.0, 'unixepoch') AS seen_at,
  d.seen_ms / 1000 AS seen_s,
  d.asked_ms AS asked_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.asked_ms / 1000.0, 'unixepoch') AS asked_at,
  d.asked_ms / 1000 AS asked_s,
  d.problem AS problem,
  d.ask_again_ms AS ask_again_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.ask_again_ms / 1000.0, 'unixepoch') AS ask_again_at,
  d.ask_again_ms / 1000 AS ask_again_s
FROM domain d;
