-- Runs of pipelines: each step that asks an agent is a run of its own (parent_run), and what it says carries its name.

-- The step's id in its pipeline, as events have it since the first day; of a pipeline inside a pipeline the ids of both, with a dot between.
-- NULL for what is said in the conversation itself.
ALTER TABLE messages ADD COLUMN step TEXT;
ALTER TABLE runs ADD COLUMN step TEXT;
-- What the caller gave beside the message, for the steps and their tools; JSON, NULL for nothing.
ALTER TABLE runs ADD COLUMN parameters TEXT;

CREATE INDEX runs_by_parent ON runs (parent_run, id) WHERE parent_run IS NOT NULL;

-- What models are given as history, however much the steps of pipelines say in between.
CREATE INDEX messages_said ON messages (conversation, seq) WHERE step IS NULL;
CREATE INDEX agents_by_name ON agents (name);
