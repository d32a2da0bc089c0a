-- Answers that are kept, for agents that want it, so that the same question is not paid for twice; and what that saved.

CREATE TABLE cached_answers (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  -- SHA-256 of all that determines the answer. No key of a provider is in it.
  digest TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  -- The provider's events as JSON.
  answer BLOB NOT NULL,
  -- What the answer took and cost when it was asked for: what every hit saves.
  usage TEXT,
  cost INTEGER,
  bytes INTEGER NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  hit_at INTEGER,
  -- The later of the two; who was not used for longest leaves first.
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (tenant, digest)
) STRICT;

CREATE INDEX cached_answers_by_use ON cached_answers (used_at);
CREATE INDEX cached_answers_by_expiry ON cached_answers (expires_at);

-- Who asked for an answer or got it: to forget an agent's answers is to forget all that it could get.
CREATE TABLE cached_answer_agents (
  answer INTEGER NOT NULL REFERENCES cached_answers (id) ON DELETE CASCADE,
  agent TEXT NOT NULL,
  PRIMARY KEY (answer, agent)
) STRICT, WITHOUT ROWID;

-- How much is kept, so that nobody has to add it up before every answer.
CREATE TABLE cached_answers_size (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

INSERT INTO cached_answers_size (id, entries, bytes) VALUES (1, 0, 0);

CREATE TRIGGER cached_answers_added AFTER INSERT ON cached_answers
BEGIN
  UPDATE cached_answers_size SET entries = entries + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER cached_answers_removed AFTER DELETE ON cached_answers
BEGIN
  UPDATE cached_answers_size SET entries = entries - 1, bytes = bytes - OLD.bytes;
END;

-- provider, cache or joined: where the answer came from.
ALTER TABLE attempts ADD COLUMN source TEXT NOT NULL DEFAULT 'provider';
ALTER TABLE attempts ADD COLUMN saved_cost INTEGER;

-- use, refresh or off, as the request wants it.
ALTER TABLE runs ADD COLUMN cache TEXT NOT NULL DEFAULT 'use';

-- Answers that nobody had to be asked for. They are not among the calls.
ALTER TABLE usage_days ADD COLUMN cached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN saved_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN saved_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN saved_cost INTEGER NOT NULL DEFAULT 0;
