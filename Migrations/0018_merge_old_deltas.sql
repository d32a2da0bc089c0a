-- Lets the deltas of old answers become one row: how many numbers of its conversation a row stands for, and which runs are done.

ALTER TABLE events ADD COLUMN count INTEGER NOT NULL DEFAULT 1;

ALTER TABLE runs ADD COLUMN compacted INTEGER NOT NULL DEFAULT 0;

-- The parts of a pipeline's run go with it.
CREATE INDEX runs_to_compact ON runs (finished_at, id) WHERE compacted = 0 AND parent_run IS NULL AND finished_at IS NOT NULL;
