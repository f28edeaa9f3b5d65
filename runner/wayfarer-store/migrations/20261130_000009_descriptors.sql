-- Descriptors of the interface's version 0.2: an owner, a runbook, and secrets with a title and a place.

ALTER TABLE journey_version ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE journey_version ADD COLUMN runbook TEXT NOT NULL DEFAULT '';

UPDATE journey_version SET spec = json_set(spec, '$.format', 2,
  '$.descriptor.owner', '', '$.descriptor.runbook', '',
  '$.descriptor.secrets', (
    SELECT json_group_array(json_object('name', s.value, 'title', '', 'is_required', json('true'), 'place', NULL))
    FROM json_each(spec, '$.descriptor.secrets') s))
WHERE spec IS NOT NULL;

UPDATE component SET journeys = json_set(journeys, '$.format', 2, '$.journeys', (
  SELECT json_group_array(json_set(j.value, '$.owner', '', '$.runbook', '', '$.secrets', (
    SELECT json_group_array(json_object('name', s.value, 'title', '', 'is_required', json('true'), 'place', NULL))
    FROM json_each(j.value, '$.secrets') s)))
  FROM json_each(journeys, '$.journeys') j))
WHERE journeys IS NOT NULL;
