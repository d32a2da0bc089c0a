-- How a run's caller wants its agent for this call alone, as JSON; null where the agent is wanted as it is.

ALTER TABLE runs ADD COLUMN overrides TEXT;
