-- Every try of a call at a provider, and what is known of the keys that calls use: who answered, who failed and why is told after
-- the fact, and a key that a provider refused is still known after a restart.

-- Outlives the conversation it was for, as usage does.
CREATE TABLE attempts (
  run TEXT NOT NULL,
  number INTEGER NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  agent TEXT NOT NULL,
  agent_version INTEGER NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  key_index INTEGER,
  -- The fingerprint of the key, see provider_keys.
  key TEXT,
  status TEXT NOT NULL,
  http_status INTEGER,
  error TEXT,
  usage TEXT,
  started_at INTEGER NOT NULL,
  -- When the first visible piece came.
  answered_at INTEGER,
  finished_at INTEGER,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_time ON attempts (started_at);
CREATE INDEX attempts_unfinished ON attempts (run, number) WHERE finished_at IS NULL;

-- Keys by a salted hash: the key itself is never stored here.
CREATE TABLE provider_keys (
  fingerprint TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  condition TEXT NOT NULL,
  until INTEGER,
  strikes INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  last_used_at INTEGER,
  last_failure TEXT,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Makes this database's fingerprints unlike those of any other.
CREATE TABLE key_salt (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  salt TEXT NOT NULL
) STRICT;

INSERT INTO key_salt (id, salt) VALUES (1, hex(randomblob(32)));
