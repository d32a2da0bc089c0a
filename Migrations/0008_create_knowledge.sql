-- Documents that agents may look things up in, cut into chunks that are found by words and by vectors, and the jobs that index them.

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

-- Beside the chunks, so that all vectors of a collection are read without their texts.
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

INSERT INTO chunk_words (chunk_words, rank) VALUES ('rank', 'bm25(2.0, 1.0)');

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
