-- The locations at which a version's slots are due, separated by commas. NULL: every location, or no schedule.
ALTER TABLE journey_version ADD COLUMN locations TEXT;
