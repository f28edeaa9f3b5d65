-- Which failures are the same: an attempt's packed detail has under `g` the fingerprint of its failure, and the names of the step and the check
-- that failed. The rest of this step adds them to the attempts that are there.
SELECT 1;
