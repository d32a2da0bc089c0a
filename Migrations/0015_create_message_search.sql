-- Full-text search over what people said and were answered, with visible thoughts apart. What was stored before is taken in by the running hub, in
-- small steps: on a big database that takes minutes, and nobody should wait for them.

CREATE TABLE message_numbers (
  -- When the message was made << 20, and a counter: newest first is a walk along the numbers, and a span of time a range of them.
  number INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- As it was when the message was taken in; no reference, since the words of a row must stay the same until they are taken out.
  agent TEXT,
  UNIQUE (conversation, seq)
) STRICT;

-- What is looked up, by number: of very long messages the beginning, since the words of a megabyte would hold up all writing. The marks are words
-- that nobody writes; a search that wants only some messages asks for theirs, which costs as little as one more word.
CREATE VIEW message_texts AS
SELECT n.number AS number, substr(m.text, 1, 65536) AS text,
  'k' || m.type || 't' || lower(hex(m.tenant)) || ' r' || m.role || ' c' || lower(hex(m.conversation))
    || coalesce(' a' || lower(hex(n.agent)), '') AS marks
FROM message_numbers n CROSS JOIN messages m ON m.conversation = n.conversation AND m.seq = n.seq;

-- Words as they are written, in any language: no stems. Beginnings of three letters have lists of their own.
CREATE VIRTUAL TABLE message_words USING fts5 (
  text, marks, content = 'message_texts', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2', prefix = '3'
);

CREATE TRIGGER messages_get_number AFTER INSERT ON messages
WHEN NEW.type IN ('message', 'thought') AND NEW.step IS NULL AND NEW.text <> ''
BEGIN
  INSERT INTO message_numbers (number, conversation, seq, agent)
  SELECT coalesce(
      (SELECT max(number) + 1 FROM message_numbers WHERE number >= moment << 20 AND number < (moment + 1) << 20), moment << 20
    ), NEW.conversation, NEW.seq, NEW.agent
  FROM (SELECT min(max(NEW.created_at, 0), 8000000000000) AS moment);
END;

CREATE TRIGGER message_numbers_give_words AFTER INSERT ON message_numbers
BEGIN
  INSERT INTO message_words (rowid, text, marks) SELECT number, text, marks FROM message_texts WHERE number = NEW.number;
END;

-- Fires for each message that goes with its conversation, too.
CREATE TRIGGER messages_lose_number BEFORE DELETE ON messages
BEGIN
  DELETE FROM message_numbers WHERE conversation = OLD.conversation AND seq = OLD.seq;
END;

CREATE TRIGGER message_numbers_take_words BEFORE DELETE ON message_numbers
BEGIN
  INSERT INTO message_words (message_words, rowid, text, marks)
  SELECT 'delete', number, text, marks FROM message_texts WHERE number = OLD.number;
END;

-- Messages with ids before this one are still to be taken in, the newest first; without a row all are.
CREATE TABLE message_filling (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_message TEXT NOT NULL
) STRICT;

INSERT INTO message_filling (id, before_message) SELECT 1, max(id) || ' ' FROM messages HAVING max(id) IS NOT NULL;
