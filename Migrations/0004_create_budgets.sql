-- What agents, tenants and keys may cost in a day or a month. What they have cost is in usage_days.

CREATE TABLE budgets (
  tenant TEXT NOT NULL DEFAULT 'default',
  -- agent, tenant or key.
  scope TEXT NOT NULL,
  -- The agent's id, the tenant's name, the key's fingerprint.
  subject TEXT NOT NULL,
  -- day or month, UTC.
  period TEXT NOT NULL,
  -- Pico-dollars.
  amount INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, scope, subject, period)
) STRICT, WITHOUT ROWID;
