-- How many undelivered events a subscription has, in parts as those of an account: to count a million rows takes seconds.
CREATE TABLE undelivered_counts_of_subscriptions (
  subscription_id bigint NOT NULL,
  part integer NOT NULL,
  events bigint NOT NULL,
  PRIMARY KEY (subscription_id, part)
) WITH (fillfactor = 50);

-- What processes of an older version store meanwhile waits until it is counted by the trigger.
LOCK TABLE undelivered IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO undelivered_counts_of_subscriptions (subscription_id, part, events)
  SELECT subscription_id, 0, count(*) FROM undelivered WHERE subscription_id IS NOT NULL GROUP BY subscription_id;

CREATE OR REPLACE FUNCTION count_undelivered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
  part_of_this integer := pg_backend_pid() % 8;
BEGIN
  -- In the order of the accounts, then of the subscriptions, so that two statements never wait for each other in turn.
  INSERT INTO undelivered_counts AS counts (account, part, events)
    SELECT account, part_of_this, sign * count(*) FROM changed WHERE account IS NOT NULL GROUP BY account ORDER BY account
    ON CONFLICT (account, part) DO UPDATE SET events = counts.events + excluded.events;
  INSERT INTO undelivered_counts_of_subscriptions AS counts (subscription_id, part, events)
    SELECT subscription_id, part_of_this, sign * count(*) FROM changed
    WHERE subscription_id IS NOT NULL GROUP BY subscription_id ORDER BY subscription_id
    ON CONFLICT (subscription_id, part) DO UPDATE SET events = counts.events + excluded.events;
  RETURN NULL;
END
$$;
