-- What the quotas of an account count.
CREATE FUNCTION bytes_of_patterns(names text[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(sum(octet_length(name)), 0) FROM unnest(names) AS name
  WHERE (position('*' IN name) > 0 OR position('#' IN name) > 0) AND name ~ '(^|\.)[*#](\.|$)'
$$;

-- A trigger keeps it, because processes of an older version write rows too.
ALTER TABLE subscriptions ADD COLUMN pattern_bytes bigint NOT NULL DEFAULT 0;
UPDATE subscriptions SET pattern_bytes = bytes_of_patterns(event_names);

CREATE FUNCTION count_pattern_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.pattern_bytes := bytes_of_patterns(NEW.event_names);
  RETURN NEW;
END
$$;

CREATE TRIGGER count_pattern_bytes BEFORE INSERT OR UPDATE OF event_names ON subscriptions
  FOR EACH ROW EXECUTE FUNCTION count_pattern_bytes();

-- Counts an account's subscriptions without reading them.
CREATE INDEX subscriptions_of_an_account ON subscriptions (account) INCLUDE (bytes, pattern_bytes);

-- How many undelivered events an account has, in parts, so that connections that store some at once do not wait for each other.
CREATE TABLE undelivered_counts (
  account text NOT NULL,
  part integer NOT NULL,
  events bigint NOT NULL,
  PRIMARY KEY (account, part)
) WITH (fillfactor = 50);

INSERT INTO undelivered_counts (account, part, events)
  SELECT account, 0, count(*) FROM undelivered WHERE account IS NOT NULL GROUP BY account;

CREATE FUNCTION count_undelivered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
  -- In the order of the accounts, so that two statements never wait for each other in turn.
  INSERT INTO undelivered_counts AS counts (account, part, events)
    SELECT account, pg_backend_pid() % 8, sign * count(*) FROM changed WHERE account IS NOT NULL GROUP BY account ORDER BY account
    ON CONFLICT (account, part) DO UPDATE SET events = counts.events + excluded.events;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_stored AFTER INSERT ON undelivered REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_undelivered();
CREATE TRIGGER count_deleted AFTER DELETE ON undelivered REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_undelivered();
