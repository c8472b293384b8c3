-- How much of an answer a subscription takes, as JSON. Lists are cut by bytes without reading the names of every row, which
-- may be a megabyte each. A trigger keeps it, because processes of an older version write rows too.
ALTER TABLE subscriptions ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
UPDATE subscriptions SET bytes = octet_length(row_to_json(subscriptions)::text);

CREATE FUNCTION count_subscription_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.bytes := octet_length(row_to_json(NEW)::text);
  RETURN NEW;
END
$$;

CREATE TRIGGER count_bytes BEFORE INSERT OR UPDATE ON subscriptions
  FOR EACH ROW EXECUTE FUNCTION count_subscription_bytes();
