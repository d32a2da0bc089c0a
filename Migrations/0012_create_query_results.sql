-- What conversations have found out in SQL lately, so that "that job" and "the first one" mean something later. Of each subject (a company) a
-- conversation keeps a few; who asks about another subject does not see them.

CREATE TABLE query_results (
  id INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  -- Question, SQL, tables, columns, first rows and ids, as JSON.
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX query_results_by_conversation ON query_results (conversation, subject, id);
