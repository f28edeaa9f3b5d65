-- In plain cron `?` stands for `*`. Before a number for the day of the week it is refused now, because Quartz, whose sign it is, counts
-- these days otherwise. The stored schedules keep their meaning, written with `*`. No schedule of another form was stored before.

UPDATE journey_version
SET spec = json_set(spec, '$.timing.schedule', replace(spec ->> '$.timing.schedule', '?', '*')), schedule = replace(schedule, '?', '*')
WHERE instr(spec ->> '$.timing.schedule', '?');

UPDATE journey_version
SET spec = json_set(spec, '$.timing.confirm_every', replace(spec ->> '$.timing.confirm_every', '?', '*')),
  confirm_every = replace(confirm_every, '?', '*')
WHERE instr(spec ->> '$.timing.confirm_every', '?');
