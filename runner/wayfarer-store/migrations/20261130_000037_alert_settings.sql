-- When people are told of a journey: part of its versions, like everything that its runs depend on.

-- Names of journeys of the same tenant, separated by commas; NULL where it depends on nothing.
ALTER TABLE journey_version ADD COLUMN depends_on TEXT;
-- A plain rule such as `2 in a row`; NULL for the rule with a bound on false alarms.
ALTER TABLE journey_version ADD COLUMN alert_rule TEXT;
