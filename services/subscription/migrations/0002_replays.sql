-- What is replayed oldest first needs an age, also where the message told none.
UPDATE undelivered SET received_at = failed_at WHERE received_at IS NULL;
ALTER TABLE undelivered ALTER COLUMN received_at SET NOT NULL;

-- The order in which undelivered events are listed and replayed.
CREATE INDEX undelivered_in_order ON undelivered (subscription_id, received_at, id);
CREATE INDEX undelivered_by_age ON undelivered (failed_at);
DROP INDEX undelivered_held;
CREATE INDEX undelivered_held ON undelivered (subscription_id, received_at, id) WHERE reason = 'held';

-- Jobs that send undelivered events out again. Any process works on them, a chunk at a time.
CREATE TABLE replays (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id bigint NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  -- Started because its subscription was enabled, to set free what was held.
  is_release boolean NOT NULL,
  -- What is replayed; null narrows nothing.
  ids bigint[],
  reason text,
  name text,
  received_from timestamptz,
  received_to timestamptz,
  -- Rows with higher ids failed after the job was made: without this bound it might go round for ever.
  through_id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
  total bigint NOT NULL,
  replayed bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  -- The last row that it is through with.
  last_received_at timestamptz NOT NULL DEFAULT '-infinity',
  last_id bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  worked_at timestamptz NOT NULL,
  ended_at timestamptz
);

CREATE INDEX replays_of_a_subscription ON replays (subscription_id, id);
CREATE INDEX replays_in_turn ON replays (worked_at, id) WHERE state = 'running';
CREATE UNIQUE INDEX replays_release_once ON replays (subscription_id) WHERE state = 'running' AND is_release;
