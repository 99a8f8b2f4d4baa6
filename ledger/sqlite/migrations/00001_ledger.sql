-- +goose Up
CREATE TABLE study (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE stream (
    id    INTEGER PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES study (id),
    name  TEXT NOT NULL,
    UNIQUE (study, name)
) STRICT;

-- Times are microseconds since 1970 UTC. The id carries the study and the seq,
-- so that reading a study in order is one run over the table.
CREATE TABLE event (
    id        INTEGER PRIMARY KEY, -- study id * 2^40 + seq
    stream    INTEGER NOT NULL REFERENCES stream (id),
    version   INTEGER NOT NULL CHECK (version > 0),
    recorded  INTEGER NOT NULL,
    effective INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    role      TEXT NOT NULL,
    client    TEXT NOT NULL,
    type      TEXT NOT NULL,
    schema    INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    prev      BLOB NOT NULL CHECK (length(prev) = 32),
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    payload   TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX event_version ON event (stream, version);

-- One row a client id: which events its batch wrote.
CREATE TABLE client (
    study  INTEGER NOT NULL,
    client TEXT NOT NULL,
    first  INTEGER NOT NULL, -- seq of the first event
    count  INTEGER NOT NULL, -- number of events, 0 when the batch had only rows
    PRIMARY KEY (study, client)
) STRICT, WITHOUT ROWID;

-- Full tiles of the Merkle tree: 256 hashes of 32 bytes, and the root over them.
CREATE TABLE tile (
    id     INTEGER PRIMARY KEY,
    study  INTEGER NOT NULL REFERENCES study (id),
    level  INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    root   BLOB NOT NULL CHECK (length(root) = 32),
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    UNIQUE (study, level, n)
) STRICT;

CREATE TABLE checkpoint (
    id    INTEGER PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES study (id),
    size  INTEGER NOT NULL,
    root  BLOB NOT NULL CHECK (length(root) = 32),
    time  INTEGER NOT NULL,
    note  TEXT NOT NULL
) STRICT;

CREATE INDEX checkpoint_study ON checkpoint (study, size);

-- Rows of views (projections). They can be thrown away and made again from the events.
CREATE TABLE projection (
    id    INTEGER PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES study (id),
    name  TEXT NOT NULL, -- the view
    UNIQUE (study, name)
) STRICT;

CREATE TABLE row (
    id         INTEGER PRIMARY KEY,
    projection INTEGER NOT NULL, -- no foreign key: it would be looked up on each insert
    key        TEXT NOT NULL,
    site       TEXT NOT NULL,
    parent     TEXT NOT NULL,
    grp        TEXT NOT NULL,
    due        INTEGER,
    sort       TEXT NOT NULL,
    fold       TEXT, -- sort in lower case, where that is something else
    doc        TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX row_key ON row (projection, key);
CREATE INDEX row_sort ON row (projection, sort, key);
CREATE INDEX row_parent ON row (projection, parent) WHERE parent <> '';
CREATE INDEX row_due ON row (projection, due) WHERE due IS NOT NULL;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The record is append-only. INSERT OR REPLACE deletes without firing a delete
-- trigger (unless recursive_triggers is on), so it is refused before the insert.
-- (Not so on client, where each insert counts: a row replaced there is found by verify.)

-- +goose StatementBegin
CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'ledger: an event is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'ledger: an event is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER event_replace BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM event WHERE stream = NEW.stream AND version = NEW.version) BEGIN
    SELECT RAISE(ABORT, 'ledger: an event is never replaced');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER study_update BEFORE UPDATE ON study BEGIN
    SELECT RAISE(ABORT, 'ledger: a study is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER study_delete BEFORE DELETE ON study BEGIN
    SELECT RAISE(ABORT, 'ledger: a study is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER study_replace BEFORE INSERT ON study
WHEN EXISTS (SELECT 1 FROM study WHERE id = NEW.id OR name = NEW.name) BEGIN
    SELECT RAISE(ABORT, 'ledger: a study is never replaced');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER stream_update BEFORE UPDATE ON stream BEGIN
    SELECT RAISE(ABORT, 'ledger: a stream is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER stream_delete BEFORE DELETE ON stream BEGIN
    SELECT RAISE(ABORT, 'ledger: a stream is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER stream_replace BEFORE INSERT ON stream
WHEN EXISTS (SELECT 1 FROM stream WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM stream WHERE study = NEW.study AND name = NEW.name) BEGIN
    SELECT RAISE(ABORT, 'ledger: a stream is never replaced');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER client_update BEFORE UPDATE ON client BEGIN
    SELECT RAISE(ABORT, 'ledger: a client id is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_delete BEFORE DELETE ON client BEGIN
    SELECT RAISE(ABORT, 'ledger: a client id is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tile_update BEFORE UPDATE ON tile BEGIN
    SELECT RAISE(ABORT, 'ledger: a tile is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tile_delete BEFORE DELETE ON tile BEGIN
    SELECT RAISE(ABORT, 'ledger: a tile is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tile_replace BEFORE INSERT ON tile
WHEN EXISTS (SELECT 1 FROM tile WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM tile WHERE study = NEW.study AND level = NEW.level AND n = NEW.n) BEGIN
    SELECT RAISE(ABORT, 'ledger: a tile is never replaced');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_replace BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'ledger: a checkpoint is never replaced');
END;
-- +goose StatementEnd

-- For people who look into the file: the log with names and readable times.
CREATE VIEW event_log AS
SELECT study.name AS study, event.id & 1099511627775 AS seq, stream.name AS stream, version,
       strftime('%Y-%m-%dT%H:%M:%SZ', recorded / 1000000, 'unixepoch') AS recorded_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', effective / 1000000, 'unixepoch') AS effective_at,
       actor, role, client, type, schema, reason, payload,
       lower(hex(prev)) AS prev, lower(hex(hash)) AS hash
FROM event
JOIN stream ON stream.id = event.stream
JOIN study ON study.id = stream.study;

PRAGMA application_id = 1447121476; -- "VARD"
PRAGMA user_version = 1;

-- +goose Down
-- A record is not thrown away by a migration.
SELECT 1;
