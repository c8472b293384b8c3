-- Of two definitions of a subscription the one with the higher revision holds, also against its deletion.
CREATE SEQUENCE revisions;

CREATE TABLE subscriptions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision bigint NOT NULL,
  account text NOT NULL,
  biz_id bigint NOT NULL,
  name text NOT NULL,
  system_name text NOT NULL,
  callback_url text NOT NULL,
  confirm_mode text NOT NULL CHECK (confirm_mode IN ('httpstatus', 'regular')),
  confirm_pattern text NOT NULL,
  event_names text[] NOT NULL,
  event_bus_id text,
  timeout_s integer NOT NULL,
  enabled boolean NOT NULL,
  payload_format text NOT NULL CHECK (payload_format IN ('source', 'cloudevents', 'cloudevents-binary')),
  -- json rather than jsonb: answered in the order in which the caller gave them.
  headers json NOT NULL,
  max_attempts integer NOT NULL,
  max_in_flight integer NOT NULL,
  operator text NOT NULL,
  saved_at timestamptz NOT NULL,
  CONSTRAINT subscriptions_name_is_unique UNIQUE (account, name)
);

CREATE INDEX subscriptions_of_a_business ON subscriptions (account, biz_id, id);

-- Deliveries that ended without being confirmed. Those that nobody can attribute have no subscription.
CREATE TABLE undelivered (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id bigint REFERENCES subscriptions ON DELETE CASCADE,
  account text,
  identity text NOT NULL,
  event_id text,
  event_name text,
  -- json rather than jsonb: it takes every string that a message can hold, U+0000 too.
  headers json NOT NULL,
  body bytea NOT NULL,
  reason text NOT NULL CHECK (reason IN ('exhausted', 'held', 'expired', 'poison')),
  attempts bigint NOT NULL,
  last_status integer,
  last_answer text,
  received_at timestamptz,
  failed_at timestamptz NOT NULL
);

-- The queue delivers at least once, and the same task is one row however often it comes.
CREATE UNIQUE INDEX undelivered_once ON undelivered (coalesce(subscription_id, 0), identity);

-- What is set free when its subscription is enabled again.
CREATE INDEX undelivered_held ON undelivered (subscription_id, id) WHERE reason = 'held';
