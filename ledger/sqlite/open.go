package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

const (
	applicationID = 0x56415244 // "VARD" in the file's header
	schemaVersion = 2          // PRAGMA user_version that the newest migration sets

	// minimumVersion: older ones can corrupt a database when the WAL is reset while
	// another connection writes.
	minimumVersion = "3.51.3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// openWriter opens the file, creates or migrates it where needed, and returns
// the connection that writes.
func openWriter(ctx context.Context, path string) (*conn, error) {
	fresh, err := createFile(path)
	if err != nil {
		return nil, err
	}
	name, err := writerDSN(path)
	if err != nil {
		return nil, err
	}
	c, err := connect(name)
	if err != nil {
		return nil, err
	}
	if err := prepareSchema(ctx, c, path, fresh); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// createFile makes an empty file that only its owner can read. It reports whether
// the file is new or empty.
func createFile(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	if info.Size() > 0 {
		return false, nil
	}
	// The name of a new file must survive a power cut as well. Not every system can
	// sync a folder; SQLite tries again when it makes the WAL.
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
	return true, nil
}

func prepareSchema(ctx context.Context, c *conn, path string, fresh bool) error {
	row, err := c.first("SELECT sqlite_version()")
	if err != nil {
		return err
	}
	version, _ := row[0].(string)
	if !atLeast(version, minimumVersion) {
		return fmt.Errorf("SQLite %s is too old, %s is needed: build with a newer modernc.org/sqlite", version, minimumVersion)
	}
	have, err := c.number(0, "PRAGMA user_version")
	if err != nil {
		return err
	}
	id, err := c.number(0, "PRAGMA application_id")
	if err != nil {
		return err
	}
	switch {
	case id == applicationID && have == schemaVersion:
		return checkPragmas(c)
	case id == applicationID && have > schemaVersion:
		return fmt.Errorf("it was written by a newer version (schema %d, this program knows %d): use that", have, schemaVersion)
	case id != applicationID && !fresh:
		// Another process may be creating it at this moment; then goose waits for it.
		tables, err := c.number(0, "SELECT count(*) FROM sqlite_schema WHERE name <> 'goose_db_version' AND name NOT LIKE 'sqlite_%'")
		if err != nil {
			return err
		}
		if tables > 0 {
			return fmt.Errorf("it is a database of another program (application_id %d): choose another file", id)
		}
	}
	if err := migrate(ctx, path); err != nil {
		// Two programs may open a new file at once: one of them was quicker.
		if have, _ := c.number(0, "PRAGMA user_version"); have != schemaVersion {
			return err
		}
	}
	return checkPragmas(c)
}

// checkPragmas makes sure that what durability and erasing rest on is in force.
func checkPragmas(c *conn) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1", "secure_delete": "1"} {
		row, err := c.first("PRAGMA " + pragma)
		if err != nil {
			return err
		}
		if row == nil || fmt.Sprint(row[0]) != want {
			return fmt.Errorf("PRAGMA %s is %v, not %s: is the file on a network drive? Keep it on a local disk", pragma, row, want)
		}
	}
	return nil
}

func migrate(ctx context.Context, path string) (err error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	name, err := dsn(path, url.Values{"_txlock": {"immediate"}}, "synchronous(FULL)", "foreign_keys(1)")
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

// atLeast compares versions such as 3.51.3.
func atLeast(have, want string) bool {
	h, w := strings.Split(have, "."), strings.Split(want, ".")
	for i := range w {
		wanted, _ := strconv.Atoi(w[i])
		if i >= len(h) {
			return false
		}
		n, err := strconv.Atoi(h[i])
		if err != nil || n < wanted {
			return false
		}
		if n > wanted {
			return true
		}
	}
	return true
}
