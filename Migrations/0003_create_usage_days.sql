-- What calls cost, exact, and sums by day, so that a year of usage is read in milliseconds however many calls it had.

-- Pico-dollars; NULL while nobody knows.
ALTER TABLE attempts ADD COLUMN cost INTEGER;
-- The step of a run that asked, once runs have steps.
ALTER TABLE attempts ADD COLUMN step TEXT;
ALTER TABLE runs ADD COLUMN cost INTEGER;

-- One row for all calls of a day that were alike. Written with the attempts they count, in one transaction.
CREATE TABLE usage_days (
  tenant TEXT NOT NULL,
  -- Days since 1970, UTC, by the end of the call.
  day INTEGER NOT NULL,
  agent TEXT NOT NULL,
  agent_version INTEGER NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  -- The fingerprint of the key, see provider_keys; empty when the call had its own, or needed none.
  key TEXT NOT NULL,
  user TEXT NOT NULL,
  calls INTEGER NOT NULL,
  -- Calls that took something, nobody knows for how much.
  unpriced INTEGER NOT NULL,
  -- Calls whose tokens the hub counted roughly, because the provider did not tell.
  estimated INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  -- Pico-dollars of all calls whose cost is known.
  cost INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, agent, agent_version, provider, model, key, user)
) STRICT, WITHOUT ROWID;

-- The attempts say all that this table said of single answers; its sums are kept.
INSERT INTO usage_days
SELECT tenant, at / 86400000, agent, agent_version, provider, model, '', user, count(*), count(*), 0,
  sum(input_tokens), sum(output_tokens), sum(cached_tokens), 0, sum(reasoning_tokens), 0
FROM usage GROUP BY tenant, at / 86400000, agent, agent_version, provider, model, user;

DROP TABLE usage;
