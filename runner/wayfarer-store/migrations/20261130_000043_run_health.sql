-- The watch of a journey says of its newest run whether the journey was `good`, `failing` or `inconclusive` by it, under other names than before.
UPDATE incident_watch SET state = json_remove(
  json_set(state, '$.latest', json_object(
    'run', json_extract(state, '$.newest.run'),
    'version', json_extract(state, '$.newest.version'),
    'health', CASE json_extract(state, '$.newest.fares') WHEN 'well' THEN 'good' WHEN 'spoilt' THEN 'inconclusive' ELSE 'failing' END,
    'reason', json_extract(state, '$.newest.reason'),
    'ended_at', json_extract(state, '$.newest.ended_at'))),
  '$.newest')
WHERE json_type(state, '$.newest') = 'object';
