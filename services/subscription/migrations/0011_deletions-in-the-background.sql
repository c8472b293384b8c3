-- Subscriptions that are gone, and whose undelivered events go in the background: see src/undelivered/run-deletions.ts. Triggers take
-- the place of the foreign key, because its cascade takes as long as there are rows, and because processes of an older version rely on it.
CREATE TABLE deletions (
  subscription_id bigint PRIMARY KEY
);

ALTER TABLE undelivered DROP CONSTRAINT undelivered_subscription_id_fkey;

CREATE FUNCTION begin_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deletions (subscription_id) VALUES (OLD.id);
  RETURN NULL;
END
$$;

CREATE TRIGGER begin_deletion AFTER DELETE ON subscriptions FOR EACH ROW EXECUTE FUNCTION begin_deletion();

CREATE FUNCTION require_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM subscriptions WHERE id = NEW.subscription_id FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING MESSAGE = 'the subscription is gone';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER require_subscription BEFORE INSERT ON undelivered
  FOR EACH ROW WHEN (NEW.subscription_id IS NOT NULL) EXECUTE FUNCTION require_subscription();
