-- Where this database is: which server, which of its timelines, which database of it. A promotion begins a new timeline, a
-- restored cluster another, and a restored dump is another database. Not every server tells everything to everybody.
CREATE FUNCTION database_place() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  place text := (SELECT oid FROM pg_database WHERE datname = current_database());
BEGIN
  BEGIN
    place := place || ' of ' || (SELECT system_identifier FROM pg_control_system());
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  BEGIN
    place := place || ' at ' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  RETURN place;
END
$$;

-- A database that comes back as it once was gives revisions and ids out again, unless it begins a new epoch: see src/database/epochs.ts.
CREATE TABLE database_epoch (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  -- Grows; the time at which it began, in milliseconds.
  epoch bigint NOT NULL,
  place text NOT NULL
);

INSERT INTO database_epoch (epoch, place) VALUES (extract(epoch FROM now()) * 1000, database_place());
