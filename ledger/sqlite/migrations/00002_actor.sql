-- +goose Up
-- For audits: what an account did. The table's key follows the actor in the index,
-- so that the events of one actor in one study are one run, oldest or newest first.
CREATE INDEX event_actor ON event (actor);

PRAGMA user_version = 2;

-- +goose Down
-- A record is not thrown away by a migration.
SELECT 1;
