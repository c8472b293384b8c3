ALTER TABLE subscriptions
  -- Why it was disabled other than by its owner.
  ADD COLUMN disabled_reason text,
  -- What its callbacks are signed with: [{ "sealed": "…", "expiresAt": 1767225600000 | null }], newest first.
  ADD COLUMN secrets json NOT NULL DEFAULT '[]';
