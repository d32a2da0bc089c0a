-- What clients that speak of chats see of messages, and whom code was run for.

-- What such a client sent, or is to get, instead of the message's own role and text: a role of its own naming, an answer with its figures.
CREATE TABLE chat_messages (
  message TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  -- NULL leaves the message's role.
  role TEXT,
  -- NULL leaves the message's text.
  content TEXT
) STRICT, WITHOUT ROWID;

-- The conversation that code was run for; NULL when somebody ran it by hand.
ALTER TABLE dataset_executions ADD COLUMN conversation TEXT;
-- How many rows a query could have; asking it again with the same bound gives the same rows, since a data set never changes.
ALTER TABLE dataset_executions ADD COLUMN row_limit INTEGER;

CREATE INDEX dataset_executions_by_conversation ON dataset_executions (conversation, language, id) WHERE conversation IS NOT NULL;
