-- How calls ended and how long answers took, so that agents, models and keys can be compared. Calls of older hubs are in none of the three.

ALTER TABLE usage_days ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
-- Of the completed calls together.
ALTER TABLE usage_days ADD COLUMN milliseconds INTEGER NOT NULL DEFAULT 0;
