-- Whether the receiver has to allow callbacks before it gets any, and whether it does: see src/probes/verifications.ts.
ALTER TABLE subscriptions
  ADD COLUMN verification text NOT NULL DEFAULT 'none' CHECK (verification IN ('none', 'cloudevents')),
  ADD COLUMN verified_at timestamptz,
  -- Whom the receiver allowed.
  ADD COLUMN verified_origin text,
  -- Null for any number.
  ADD COLUMN allowed_per_minute bigint,
  -- Of the last time that it was asked.
  ADD COLUMN verification_failure text,
  -- Since when it is asked, and when next; null when it is not.
  ADD COLUMN asking_since timestamptz,
  ADD COLUMN ask_at timestamptz;

CREATE INDEX subscriptions_to_ask ON subscriptions (ask_at) WHERE ask_at IS NOT NULL;

-- A trigger does it, because processes of an older version write rows too. Every save of an enabled one that is not allowed yet begins
-- anew; a receiver that has allowed is asked again when it is another one.
CREATE FUNCTION begin_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.verification = 'none' OR TG_OP = 'INSERT' OR NEW.callback_url <> OLD.callback_url OR OLD.verification = 'none' THEN
    NEW.verified_at := NULL;
    NEW.verified_origin := NULL;
    NEW.allowed_per_minute := NULL;
    NEW.verification_failure := NULL;
  END IF;
  IF NEW.verification <> 'none' AND NEW.verified_at IS NULL AND NEW.enabled THEN
    NEW.asking_since := now();
    NEW.ask_at := now();
  ELSE
    NEW.asking_since := NULL;
    NEW.ask_at := NULL;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER begin_verification BEFORE INSERT OR UPDATE OF callback_url, verification, enabled ON subscriptions
  FOR EACH ROW EXECUTE FUNCTION begin_verification();
