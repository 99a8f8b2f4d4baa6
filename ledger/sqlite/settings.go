package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

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
	if name == "" || len(name) > ledger.MaxNameBytes || len(value) > ledger.MaxJSONBytes {
		return fmt.Errorf("%w: a setting has a name of 1 to %d bytes and a value of at most %d", ledger.ErrInvalid, ledger.MaxNameBytes, ledger.MaxJSONBytes)
	}
	return s.write(ctx, false, func(w *writer) (refused, failed error) {
		if value == "" {
			_, failed = w.exec("DELETE FROM setting WHERE name = ?", name)
		} else {
			_, failed = w.exec("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
		}
		return nil, failed
	})
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
