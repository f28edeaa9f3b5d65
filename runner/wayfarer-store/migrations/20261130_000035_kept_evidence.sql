-- Runs that show an incident beside the first bad one: the last bad one, once it is over, and the last good run before it of which heads and
-- bodies were kept, so that the failure has something to be compared with. Of incidents that are there, both are found as far as runs are left.
ALTER TABLE incident ADD COLUMN last_bad_run INTEGER;
ALTER TABLE incident ADD COLUMN sample_run INTEGER;

UPDATE incident AS i SET last_bad_run = (
  SELECT n.id FROM run n JOIN run l ON l.id = i.latest_run
  WHERE n.journey = i.journey AND n.location = i.location AND n.slot_ms <= l.slot_ms AND n.id >= i.first_run
    AND n.verdict = (SELECT id FROM dictionary WHERE kind = 'verdict' AND word = 'failed')
  ORDER BY n.slot_ms DESC LIMIT 1
) WHERE i.resolved_ms IS NOT NULL;
