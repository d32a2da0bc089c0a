-- Conversations that went on in more than one way: from an edited question, with another answer, in a copy of their own.

-- What was said first is branch 0, the trunk, which has no row. A branch sees of its parent what stood before its fork, and nothing that was said there
-- later. Nothing is rewritten when one begins: messages stay where they are.
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

-- The branch at the end of the conversation's path; NULL for one that never branched, which costs it nothing.
ALTER TABLE conversations ADD COLUMN branch INTEGER;
-- Of which conversation it is a copy, up to which message. No references: what it was copied from may be deleted.
ALTER TABLE conversations ADD COLUMN forked_from TEXT;
ALTER TABLE conversations ADD COLUMN forked_message TEXT;
-- NULL is the trunk.
ALTER TABLE messages ADD COLUMN branch INTEGER;
ALTER TABLE runs ADD COLUMN branch INTEGER;

CREATE INDEX messages_by_branch ON messages (conversation, branch, seq) WHERE branch IS NOT NULL;
