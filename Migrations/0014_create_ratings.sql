-- What people think of answers, with whoever gave them, so that agents, versions and models can be compared.

CREATE TABLE ratings (
  message TEXT PRIMARY KEY,
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  tenant TEXT NOT NULL DEFAULT 'default',
  agent TEXT NOT NULL,
  agent_version INTEGER NOT NULL,
  -- Who gave the answer at last, a fallback for instance.
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  -- 1 is up, -1 is down.
  rating INTEGER NOT NULL CHECK (rating IN (-1, 1)),
  rated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ratings_by_agent ON ratings (tenant, agent, agent_version, provider, model, rating);
CREATE INDEX ratings_by_conversation ON ratings (conversation);
