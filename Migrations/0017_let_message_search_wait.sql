-- New messages wait for the search, which takes the words of many at once: word by word in the transaction of each message they took a quarter of
-- the rate of whole answers.

CREATE TABLE message_waiting (
  place INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- As it was when the message was stored. No references: whoever takes a message in sees whether it is still there.
  agent TEXT
) STRICT;

DROP TRIGGER messages_get_number;

CREATE TRIGGER messages_wait_for_search AFTER INSERT ON messages
WHEN NEW.type IN ('message', 'thought') AND NEW.step IS NULL AND NEW.text <> ''
BEGIN
  INSERT INTO message_waiting (conversation, seq, agent) VALUES (NEW.conversation, NEW.seq, NEW.agent);
END;
