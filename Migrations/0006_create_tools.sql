-- Tools that operators register, and every call of a tool that a run's model asked for: what waits for approval must outlive the process,
-- and history must show what was done.

-- Named by agents in their config.tools. Requests to servers; the hub's own tools have no row.
CREATE TABLE tools (
  tenant TEXT NOT NULL DEFAULT 'default',
  name TEXT NOT NULL,
  description TEXT,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  -- A JSON object; most values are secrets.
  headers TEXT NOT NULL,
  -- A JSON Schema.
  parameters TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  max_result_bytes INTEGER NOT NULL,
  -- never or always.
  approval TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Goes with its run: arguments and results are what the conversation is about.
CREATE TABLE tool_calls (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  -- From 1, within the run.
  number INTEGER NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  -- Which time the model asked for tools, from 1.
  round INTEGER NOT NULL,
  -- The model's own id of the call.
  id TEXT NOT NULL,
  tool TEXT NOT NULL,
  -- As the model wrote them, and whether they are a JSON object.
  arguments TEXT NOT NULL,
  valid INTEGER NOT NULL,
  -- What the tool is called with instead, by the will of whoever approved it.
  edited_arguments TEXT,
  status TEXT NOT NULL,
  -- Of what the tool would do when it was asked for: a tool that does something else by now is not called.
  fingerprint TEXT NOT NULL,
  reason TEXT,
  decided_at INTEGER,
  -- A JSON array of message parts.
  result TEXT,
  result_bytes INTEGER,
  error TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
