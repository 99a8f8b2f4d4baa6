package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"varde/ledger"
)

// Setting returns a setting, "" when it is not there.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.read(ctx, func(c *conn) error {
		row, err := c.first("SELECT value FROM setting WHERE name = ?", name)
		if row != nil {
			value = row[0].(string)
		}
		return err
	})
	return value, err
}

// SetSetting writes a setting; "" removes it.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	if err := validSetting(name, value); err != nil {
		return err
	}
	return s.write(ctx, false, func(w *writer) (refused, failed error) { return nil, w.set(name, value) })
}

// SwapSetting writes a setting where it still reads was, and says whether it did.
func (s *Store) SwapSetting(ctx context.Context, name, was, is string) (swapped bool, err error) {
	if err := validSetting(name, is); err != nil {
		return false, err
	}
	// A reader that goes away before the answer must not race with the writer.
	var wrote bool
	err = s.write(ctx, false, func(w *writer) (refused, failed error) {
		wrote = false
		row, err := w.first("SELECT value FROM setting WHERE name = ?", name)
		if err != nil {
			return nil, err
		}
		have := ""
		if row != nil {
			have, _ = row[0].(string)
		}
		if have != was {
			return nil, nil
		}
		wrote = true
		return nil, w.set(name, is)
	})
	if err != nil {
		return false, err
	}
	return wrote, nil
}

func validSetting(name, value string) error {
	if name == "" || len(name) > ledger.MaxNameBytes || len(value) > ledger.MaxJSONBytes {
		return fmt.Errorf("%w: a setting has a name of 1 to %d bytes and a value of at most %d", ledger.ErrInvalid, ledger.MaxNameBytes, ledger.MaxJSONBytes)
	}
	return nil
}

func (w *writer) set(name, value string) (err error) {
	if value == "" {
		_, err = w.exec("DELETE FROM setting WHERE name = ?", name)
	} else {
		_, err = w.exec("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	}
	return err
}

// Bounds of scrubbing: saves go on between the tries.
const (
	scrubTries = 20
	scrubPause = 100 * time.Millisecond
)

// Scrub moves the write-ahead log into the database and empties it: secure_delete
// has overwritten in the database what was changed or removed, and the log was the
// last place where the old page stood. What a disk keeps below its file system, and
// what stands in backups, is out of its reach.
func (s *Store) Scrub(ctx context.Context) error {
	for try := 0; ; try++ {
		w := &work{outside: (*writer).emptyLog, alone: true, done: make(chan struct{})}
		s.queue.put(w)
		_, err := w.Wait(ctx)
		if err == nil || !errors.Is(err, ledger.ErrBusy) || try == scrubTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(scrubPause):
		}
	}
}

// emptyLog checkpoints the write-ahead log and truncates it. It does not wait for
// readers, for those who save would wait with it.
func (w *writer) emptyLog() (err error) {
	if _, err := w.first("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	defer func() {
		_, e := w.first("PRAGMA busy_timeout = " + busyTimeout)
		err = errors.Join(err, e)
	}()
	busy, err := w.number(1, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil || busy != 0 {
		return fmt.Errorf("%w: a reader of the database hinders its write-ahead log from being emptied (%v): try again when exports are done", ledger.ErrBusy, err)
	}
	return nil
}

// Settings lists settings whose name starts with prefix.
func (s *Store) Settings(ctx context.Context, prefix string) (map[string]string, error) {
	settings := map[string]string{}
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, "SELECT name, value FROM setting WHERE substr(name, 1, length(?1)) = ?1", func(v []driver.Value) error {
			settings[v[0].(string)] = v[1].(string)
			return nil
		}, prefix)
	})
	return settings, err
}
