-- Changes that were committed and whose callers were not told so, or the workers not: see src/changes/changes.ts. Most rows live for
-- as long as the announcement takes.
CREATE TABLE unsettled_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Digest of who asked for what; null for a change that nobody may ask for again.
  call bytea,
  subscription_id bigint NOT NULL,
  revision bigint NOT NULL,
  is_deletion boolean NOT NULL,
  -- Sealed.
  secret text,
  made_at timestamptz NOT NULL,
  -- When its caller was answered 503.
  refused_at timestamptz,
  announced_at timestamptz
);

CREATE INDEX unsettled_changes_by_call ON unsettled_changes (call);
