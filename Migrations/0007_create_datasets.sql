-- Data sets, and the workspace around each: its conversations, what was found out, and the code that was run on it. The rows of a data set are
-- in a file of their own (see Sources/Datasets).

CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  filename TEXT NOT NULL,
  -- NULL until the file is imported.
  row_count INTEGER,
  -- uploading, exploring, ready or deleted. A deleted one leaves its id behind: questions about an id that never was are answered from the
  -- sample, and one that is gone must not be.
  status TEXT NOT NULL,
  -- What is known of its columns ("Data DNA"), once it is ready.
  profile TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX datasets_by_age ON datasets (tenant, created_at DESC, id DESC);

-- What follows belongs to a data set by its id only: questions may be asked about ids that were never uploaded, and are answered from the sample.

-- Which data set a conversation is about.
CREATE TABLE dataset_conversations (
  conversation TEXT PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_conversations_by_dataset ON dataset_conversations (tenant, dataset, created_at DESC, conversation DESC);

-- What answers found out, kept for later ones.
CREATE TABLE dataset_insights (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  insight TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX dataset_insights_by_dataset ON dataset_insights (tenant, dataset, id);

-- What the workspace shows beside a data set; its name on the wire is workspace_sidebar.
CREATE TABLE dataset_sidebars (
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  id TEXT NOT NULL,
  context_analysis TEXT,
  sql_code TEXT,
  python_code TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, dataset)
) STRICT, WITHOUT ROWID;

-- Code that was run on a data set, whether it succeeded or not.
CREATE TABLE dataset_executions (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  -- sql or python.
  language TEXT NOT NULL,
  code TEXT NOT NULL,
  description TEXT,
  message TEXT,
  -- success or error.
  status TEXT NOT NULL,
  error TEXT,
  result TEXT,
  row_count INTEGER,
  milliseconds INTEGER NOT NULL,
  executed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX dataset_executions_by_dataset ON dataset_executions (tenant, dataset, language, id);

-- What a data set is about, as an agent wrote it; its name on the wire is context_insights.
CREATE TABLE dataset_contexts (
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  id TEXT NOT NULL,
  context TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, dataset)
) STRICT, WITHOUT ROWID;
