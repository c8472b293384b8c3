-- The keys of callers beside those of the key file: see src/keys/key-rows.ts.
CREATE TABLE keys (
  id text PRIMARY KEY,
  -- SHA-256 of the key, in hexadecimal. The key itself is stored nowhere.
  sha256 text NOT NULL UNIQUE,
  account text NOT NULL,
  roles text[] NOT NULL,
  user_name text NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  -- A revoked key stays for a day, so that its revocation can be repeated.
  revoked_at timestamptz
);

CREATE INDEX keys_by_account ON keys (account);
