-- Conversations that clients name themselves: a session of the customer service, a chat of InsightX, a company's conversation in field service.

CREATE TABLE threads (
  surface TEXT NOT NULL,
  -- Whoever may never see another's: field service's company. 'default' where a surface knows none.
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (surface, tenant, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX threads_by_conversation ON threads (conversation);
