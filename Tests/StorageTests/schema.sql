CREATE TABLE agent_versions (
  agent TEXT NOT NULL,
  version INTEGER NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  name TEXT NOT NULL,
  description TEXT,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  emoji TEXT NOT NULL,
  workspace TEXT NOT NULL,
  status TEXT NOT NULL,
  config TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (agent, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  name TEXT NOT NULL,
  description TEXT,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  emoji TEXT NOT NULL,
  workspace TEXT NOT NULL,
  status TEXT NOT NULL,
  config TEXT,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX agents_by_age ON agents (created_at DESC, id);

CREATE INDEX agents_by_name ON agents (name);

CREATE INDEX agents_by_provider ON agents (provider);

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
  finished_at INTEGER, cost INTEGER, step TEXT, source TEXT NOT NULL DEFAULT 'provider', saved_cost INTEGER,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_time ON attempts (started_at);

CREATE INDEX attempts_unfinished ON attempts (run, number) WHERE finished_at IS NULL;

CREATE TABLE branches (
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  -- From 1, in the order of their beginnings.
  number INTEGER NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  parent INTEGER NOT NULL,
  -- What stands there in several versions: question or answer.
  kind TEXT NOT NULL CHECK (kind IN ('question', 'answer')),
  -- The question at the fork, and its seq.
  message TEXT NOT NULL,
  from_seq INTEGER NOT NULL,
  -- The last message of the parent that the branch can see.
  until_seq INTEGER NOT NULL,
  -- The parent's run from which on nothing is seen: questions that were queued stand before answers that are.
  before_run TEXT,
  -- The run that the branch began with.
  run TEXT,
  -- Whether the conversation's path takes it, if it comes by.
  is_selected INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE cached_answer_agents (
  answer INTEGER NOT NULL REFERENCES cached_answers (id) ON DELETE CASCADE,
  agent TEXT NOT NULL,
  PRIMARY KEY (answer, agent)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cached_answers_added AFTER INSERT ON cached_answers
BEGIN
  UPDATE cached_answers_size SET entries = entries + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER cached_answers_removed AFTER DELETE ON cached_answers
BEGIN
  UPDATE cached_answers_size SET entries = entries - 1, bytes = bytes - OLD.bytes;
END;

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

CREATE INDEX cached_answers_by_expiry ON cached_answers (expires_at);

CREATE INDEX cached_answers_by_use ON cached_answers (used_at);

CREATE TABLE cached_answers_size (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE chat_messages (
  message TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  -- NULL leaves the message's role.
  role TEXT,
  -- NULL leaves the message's text.
  content TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk_vectors (
  chunk INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- 32-bit floats of a vector of length 1, lowest byte first.
  vector BLOB NOT NULL
) STRICT;

CREATE VIRTUAL TABLE chunk_words USING fts5 (
  heading, text, content = 'chunks', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TABLE 'chunk_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'chunk_words_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'chunk_words_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'chunk_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE chunks (
  -- The collection's number << 32, and a counter: the chunks of a collection stand together, here and in chunk_words.
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  -- Bytes of the version's text.
  start_offset INTEGER NOT NULL,
  end_offset INTEGER NOT NULL,
  heading TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE INDEX chunks_by_document ON chunks (document, version, position);

CREATE TABLE collections (
  number INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  name TEXT NOT NULL,
  -- Who makes its vectors: lexical, or provider/model.
  embedder TEXT NOT NULL,
  -- Of each vector; NULL before the first.
  dimensions INTEGER,
  -- In characters, as its chunks are cut.
  chunk_size INTEGER NOT NULL,
  chunk_overlap INTEGER NOT NULL,
  -- Counts the changes of what can be found.
  revision INTEGER NOT NULL DEFAULT 0,
  next_chunk INTEGER NOT NULL DEFAULT 1,
  deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX collections_by_name ON collections (tenant, name) WHERE deleted = 0;

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  title TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  -- As hub.deleted_offset, for this conversation's seqs.
  deleted_seq INTEGER NOT NULL DEFAULT 0
, branch INTEGER, forked_from TEXT, forked_message TEXT) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_by_change ON conversations (updated_at DESC, id DESC);

CREATE TABLE dataset_contexts (
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  id TEXT NOT NULL,
  context TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, dataset)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_conversations (
  conversation TEXT PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_conversations_by_dataset ON dataset_conversations (tenant, dataset, created_at DESC, conversation DESC);

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
, conversation TEXT, row_limit INTEGER) STRICT;

CREATE INDEX dataset_executions_by_conversation ON dataset_executions (conversation, language, id) WHERE conversation IS NOT NULL;

CREATE INDEX dataset_executions_by_dataset ON dataset_executions (tenant, dataset, language, id);

CREATE TABLE dataset_insights (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  dataset TEXT NOT NULL,
  insight TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX dataset_insights_by_dataset ON dataset_insights (tenant, dataset, id);

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

CREATE TABLE document_versions (
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  format TEXT NOT NULL,
  -- Of text, title and metadata: the same again is not indexed again.
  hash TEXT NOT NULL,
  metadata TEXT,
  embedder TEXT NOT NULL,
  chunks INTEGER NOT NULL DEFAULT 0,
  characters INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (document, version)
) STRICT;

CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  collection INTEGER NOT NULL,
  name TEXT NOT NULL,
  -- The version that can be found; 0 before the first. A deleted document is at a version without chunks.
  version INTEGER NOT NULL DEFAULT 0,
  -- The newest version, which may wait for its chunks.
  latest INTEGER NOT NULL DEFAULT 0,
  -- Chunks of versions below this one are gone.
  kept INTEGER NOT NULL DEFAULT 1,
  -- The collection's revision that this document's version came with.
  revision INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (collection, name)
) STRICT;

CREATE INDEX documents_by_revision ON documents (collection, revision);

CREATE INDEX documents_to_clear ON documents (number) WHERE kept < version;

CREATE INDEX documents_to_forget ON documents (number) WHERE deleted = 1;

CREATE TRIGGER events_keep_offset BEFORE DELETE ON events
WHEN OLD.offset = (SELECT max(offset) FROM events)
BEGIN
  UPDATE hub SET deleted_offset = OLD.offset WHERE deleted_offset < OLD.offset;
END;

CREATE TRIGGER events_keep_seq BEFORE DELETE ON events
WHEN OLD.conversation IS NOT NULL
  AND OLD.seq = (SELECT max(seq) FROM events WHERE conversation = OLD.conversation)
BEGIN
  UPDATE conversations SET deleted_seq = OLD.seq WHERE id = OLD.conversation AND deleted_seq < OLD.seq;
END;

CREATE TABLE events (
  offset INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  conversation TEXT,
  seq INTEGER NOT NULL DEFAULT 0,
  type TEXT NOT NULL,
  run TEXT,
  parent_run TEXT,
  step TEXT,
  agent TEXT,
  agent_name TEXT,
  message TEXT,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
, count INTEGER NOT NULL DEFAULT 1) STRICT;

CREATE UNIQUE INDEX events_by_conversation ON events (conversation, seq) WHERE conversation IS NOT NULL;

CREATE TABLE hub (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  boot TEXT NOT NULL,
  stopped_cleanly INTEGER NOT NULL,
  -- The highest offset whose row was deleted while it was the newest: offsets are never used twice.
  deleted_offset INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE idempotency (
  tenant TEXT NOT NULL DEFAULT 'default',
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  resource TEXT,
  status INTEGER,
  body BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE index_items (
  job TEXT NOT NULL,
  document INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- queued, ready (has its chunks, waits for the others), done, skipped or failed.
  state TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (job, document, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_items_queued ON index_items (job, document) WHERE state = 'queued';

CREATE TABLE index_jobs (
  id TEXT PRIMARY KEY,
  collection INTEGER NOT NULL,
  -- add or reindex.
  kind TEXT NOT NULL,
  -- How its documents are cut and embedded.
  embedder TEXT NOT NULL,
  chunk_size INTEGER NOT NULL,
  chunk_overlap INTEGER NOT NULL,
  -- queued, running, done or failed.
  state TEXT NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  chunks INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX index_jobs_by_age ON index_jobs (created_at DESC, id DESC);

CREATE INDEX index_jobs_unfinished ON index_jobs (created_at, id) WHERE finished_at IS NULL;

CREATE TABLE key_salt (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  salt TEXT NOT NULL
) STRICT;

CREATE TABLE message_filling (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_message TEXT NOT NULL
) STRICT;

CREATE TRIGGER message_numbers_give_words AFTER INSERT ON message_numbers
BEGIN
  INSERT INTO message_words (rowid, text, marks) SELECT number, text, marks FROM message_texts WHERE number = NEW.number;
END;

CREATE TRIGGER message_numbers_take_words BEFORE DELETE ON message_numbers
BEGIN
  INSERT INTO message_words (message_words, rowid, text, marks)
  SELECT 'delete', number, text, marks FROM message_texts WHERE number = OLD.number;
END;

CREATE TABLE message_numbers (
  -- When the message was made << 20, and a counter: newest first is a walk along the numbers, and a span of time a range of them.
  number INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- As it was when the message was taken in; no reference, since the words of a row must stay the same until they are taken out.
  agent TEXT,
  UNIQUE (conversation, seq)
) STRICT;

CREATE VIEW message_texts AS
SELECT n.number AS number, substr(m.text, 1, 65536) AS text,
  'k' || m.type || 't' || lower(hex(m.tenant)) || ' r' || m.role || ' c' || lower(hex(m.conversation))
    || coalesce(' a' || lower(hex(n.agent)), '') AS marks
FROM message_numbers n CROSS JOIN messages m ON m.conversation = n.conversation AND m.seq = n.seq;

CREATE TABLE message_waiting (
  place INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- As it was when the message was stored. No references: whoever takes a message in sees whether it is still there.
  agent TEXT
) STRICT;

CREATE VIRTUAL TABLE message_words USING fts5 (
  text, marks, content = 'message_texts', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2', prefix = '3'
);

CREATE TABLE 'message_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'message_words_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'message_words_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'message_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TRIGGER messages_lose_number BEFORE DELETE ON messages
BEGIN
  DELETE FROM message_numbers WHERE conversation = OLD.conversation AND seq = OLD.seq;
END;

CREATE TRIGGER messages_wait_for_search AFTER INSERT ON messages
WHEN NEW.type IN ('message', 'thought') AND NEW.step IS NULL AND NEW.text <> ''
BEGIN
  INSERT INTO message_waiting (conversation, seq, agent) VALUES (NEW.conversation, NEW.seq, NEW.agent);
END;

CREATE TABLE messages (
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  parent TEXT,
  run TEXT,
  agent TEXT REFERENCES agents (id) ON DELETE SET NULL,
  role TEXT NOT NULL,
  type TEXT NOT NULL,
  text TEXT NOT NULL,
  parts TEXT,
  created_at INTEGER NOT NULL, step TEXT, branch INTEGER,
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_by_agent ON messages (agent) WHERE agent IS NOT NULL;

CREATE INDEX messages_by_branch ON messages (conversation, branch, seq) WHERE branch IS NOT NULL;

CREATE UNIQUE INDEX messages_by_id ON messages (id);

CREATE INDEX messages_by_run ON messages (run) WHERE run IS NOT NULL;

CREATE INDEX messages_said ON messages (conversation, seq) WHERE step IS NULL;

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
, last_status INTEGER) STRICT, WITHOUT ROWID;

CREATE TABLE query_results (
  id INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  -- Question, SQL, tables, columns, first rows and ids, as JSON.
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX query_results_by_conversation ON query_results (conversation, subject, id);

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

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL DEFAULT 'default',
  user TEXT NOT NULL DEFAULT 'default',
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  agent TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  agent_version INTEGER NOT NULL,
  status TEXT NOT NULL,
  parent_run TEXT,
  input TEXT NOT NULL,
  output TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  usage TEXT,
  error TEXT
, cost INTEGER, cache TEXT NOT NULL DEFAULT 'use', step TEXT, parameters TEXT, overrides TEXT, compacted INTEGER NOT NULL DEFAULT 0, branch INTEGER) STRICT, WITHOUT ROWID;

CREATE INDEX runs_by_conversation ON runs (conversation, id);

CREATE INDEX runs_by_parent ON runs (parent_run, id) WHERE parent_run IS NOT NULL;

CREATE INDEX runs_to_compact ON runs (finished_at, id) WHERE compacted = 0 AND parent_run IS NULL AND finished_at IS NOT NULL;

CREATE INDEX runs_unfinished ON runs (conversation, id) WHERE status IN ('queued', 'running', 'waiting');

CREATE TABLE schema_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

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
  cost INTEGER NOT NULL, cached INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0, saved_input_tokens INTEGER NOT NULL DEFAULT 0, saved_output_tokens INTEGER NOT NULL DEFAULT 0, saved_cost INTEGER NOT NULL DEFAULT 0, completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, milliseconds INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, day, agent, agent_version, provider, model, key, user)
) STRICT, WITHOUT ROWID;
