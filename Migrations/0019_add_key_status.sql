-- Why a key failed the last time, for programs: the provider's status, which stood at the beginning of the words for people until now.

ALTER TABLE provider_keys ADD COLUMN last_status INTEGER;

UPDATE provider_keys SET last_status = CAST(substr(last_failure, 1, 3) AS INTEGER) WHERE last_failure GLOB '[1-5][0-9][0-9] *';
