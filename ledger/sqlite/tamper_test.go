package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"varde/ledger"
)

// The database refuses what would change the record, whoever asks.
func TestDatabaseRefusesToChangeTheRecord(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	fill(t, s, 0, 300)
	if _, err := s.Checkpoint(ctx, "S"); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	const copyOf = `SELECT %s, stream, %s, recorded, effective, 'forger', role, client, type, schema, reason, prev, hash, payload FROM event WHERE id = (SELECT max(id) FROM event)`
	attacks := []string{
		"UPDATE event SET payload = '{}'",
		"UPDATE event SET actor = 'x' WHERE id = (SELECT min(id) FROM event)",
		"UPDATE OR REPLACE event SET version = 1",
		"DELETE FROM event",
		"DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
		"INSERT OR REPLACE INTO event " + fmt.Sprintf(copyOf, "id", "version"),
		"REPLACE INTO event " + fmt.Sprintf(copyOf, "id", "version + 1"),
		"INSERT OR REPLACE INTO event " + fmt.Sprintf(copyOf, "id + 1", "version"),
		"INSERT OR REPLACE INTO event " + fmt.Sprintf(copyOf, "NULL", "version"),
		"INSERT INTO event " + fmt.Sprintf(copyOf, "id", "version") + " ON CONFLICT DO UPDATE SET actor = 'x'",
		"UPDATE stream SET name = 'other'", "DELETE FROM stream",
		"INSERT OR REPLACE INTO stream SELECT id, study, 'other' FROM stream",
		"INSERT OR REPLACE INTO stream SELECT id + 100, study, name FROM stream",
		"UPDATE study SET name = 'other'", "DELETE FROM study",
		"INSERT OR REPLACE INTO study SELECT id, 'other' FROM study",
		"INSERT OR REPLACE INTO study SELECT id + 100, name FROM study",
		"UPDATE tile SET n = 9", "DELETE FROM tile",
		"INSERT OR REPLACE INTO tile SELECT id, study, level, n, root, zeroblob(8192) FROM tile",
		"INSERT OR REPLACE INTO tile SELECT NULL, study, level, n, root, zeroblob(8192) FROM tile",
		"UPDATE checkpoint SET size = 1", "DELETE FROM checkpoint",
		"INSERT OR REPLACE INTO checkpoint SELECT id, study, 1, root, time, note FROM checkpoint",
		"UPDATE client SET count = 0", "DELETE FROM client",
	}
	for _, recursive := range []string{"ON", "OFF"} {
		if _, err := db.Exec("PRAGMA recursive_triggers = " + recursive); err != nil {
			t.Fatal(err)
		}
		for _, attack := range attacks {
			if _, err := db.Exec(attack); err == nil || !strings.Contains(err.Error(), "ledger:") {
				t.Errorf("not refused: %s: %v", attack, err)
			}
		}
	}
	report, err := s.Verify(ctx, "S")
	if err != nil || !report.OK() || report.Events != 300 {
		t.Errorf("%s %v", report.String(), err)
	}
}

// dropTriggers does what only the owner of the file can do.
func dropTriggers(t testing.TB, db *sql.DB) {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Close(); err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if _, err := db.Exec("DROP TRIGGER " + name); err != nil {
			t.Fatal(err)
		}
	}
}

// flip changes one bit of a value of any type.
func flip(v any, bit int) any {
	switch v := v.(type) {
	case int64:
		return v ^ 1<<(bit%40)
	case string:
		return string(flipBytes([]byte(v), bit))
	case []byte:
		return flipBytes(v, bit)
	}
	return nil
}

func flipBytes(v []byte, bit int) []byte {
	v = bytes.Clone(v)
	bit %= 8 * len(v)
	v[bit/8] ^= 1 << (bit % 8)
	return v
}

// A flipped bit in any column of an event is found, and the event is named.
func TestEveryColumnOfAnEventIsGuarded(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	fill(t, s, 0, 300)
	if _, err := s.Checkpoint(ctx, "S"); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	db.SetMaxOpenConns(1)
	dropTriggers(t, db)
	columns := []string{
		"id", "stream", "version", "recorded", "effective", "actor", "role", "client",
		"type", "schema", "reason", "payload", "prev", "hash",
	}
	const seq = 123
	where := fmt.Sprintf(" WHERE id & %d = %d", maxSeq-1, seq)
	for _, column := range columns {
		var old any
		if err := db.QueryRow("SELECT " + column + " FROM event" + where).Scan(&old); err != nil {
			t.Fatal(column, err)
		}
		for _, bit := range []int{0, 1, 3, 5, 7, 11, 14, 22, 31, 39, 63, 200} {
			changed := flip(old, bit)
			var id int64
			if err := db.QueryRow("SELECT id FROM event" + where).Scan(&id); err != nil {
				t.Fatal(err)
			}
			set := "UPDATE event SET " + column + " = ? WHERE id = ?"
			if _, err := db.Exec(set, changed, id); err != nil {
				if strings.Contains(err.Error(), "constraint") {
					continue // the place is taken, or the version not above 0
				}
				t.Fatal(column, err)
			}
			report, err := s.Verify(ctx, "S")
			if err != nil {
				t.Fatal(column, err)
			}
			named := report.First()
			switch {
			case named == nil:
				t.Errorf("%s, bit %d: not found", column, bit)
			case column == "id": // the event stands elsewhere now: it, or the gap it left
				if named.Kind != ledger.FaultSeq || named.Seq > seq+1 && named.Seq != changed.(int64)&(maxSeq-1) {
					t.Errorf("id, bit %d: %s", bit, report.String())
				}
			case named.Seq != seq || report.BadEvents > 2 || column != "stream" && report.BadEvents != 1 || report.BadCheckpoints != 0:
				t.Errorf("%s, bit %d: %s %+v", column, bit, report.String(), report.Faults)
			}
			if column == "id" {
				id = changed.(int64)
			}
			if _, err := db.Exec(set, old, id); err != nil {
				t.Fatal(column, err)
			}
		}
	}
	if report, err := s.Verify(ctx, "S"); err != nil || !report.OK() {
		t.Errorf("after all is set back: %s %v", report.String(), err)
	}
}

// What is beside the events is guarded as well.
func TestOtherTablesAreGuarded(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		table, column string
		kind          ledger.FaultKind
	}{
		{"stream", "name", ledger.FaultHash}, {"checkpoint", "size", ledger.FaultCheckpoint},
		{"checkpoint", "root", ledger.FaultCheckpoint}, {"checkpoint", "time", ledger.FaultCheckpoint},
		{"checkpoint", "note", ledger.FaultCheckpoint}, {"tile", "hashes", ledger.FaultTile},
		{"tile", "root", ledger.FaultTile}, {"tile", "n", ledger.FaultTile}, {"tile", "level", ledger.FaultTile},
		{"client", "client", ledger.FaultClient}, {"client", "first", ledger.FaultClient}, {"client", "count", ledger.FaultClient},
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		s := openAt(t, path)
		fill(t, s, 0, 260)
		if _, err := s.Checkpoint(ctx, "S"); err != nil {
			t.Fatal(err)
		}
		db := raw(t, path)
		dropTriggers(t, db)
		var old any
		if err := db.QueryRow("SELECT " + c.column + " FROM " + c.table + " LIMIT 1").Scan(&old); err != nil {
			t.Fatal(err)
		}
		bit := 0
		if c.column == "hashes" {
			bit = 8*32*77 + 5
		}
		if _, err := db.Exec("UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+c.column+" = ?", flip(old, bit), old); err != nil {
			t.Fatal(err)
		}
		report, err := s.Verify(ctx, "S")
		if err != nil || report.OK() || report.First().Kind != c.kind || c.column == "hashes" && report.First().Seq != 77 {
			t.Errorf("%s.%s: %s %v", c.table, c.column, report.String(), err)
		}
	}
}

// An event that is removed or put in by hand, hashes and all, does not pass.
func TestHistoryRewrittenByHand(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]string{
		"removed":      "DELETE FROM event WHERE id & 1099511627775 = 50",
		"end cut off":  "DELETE FROM event WHERE id & 1099511627775 >= 50",
		"put in after": "INSERT INTO event SELECT id + 1, stream, version + 1, recorded, effective, actor, role, client, type, schema, reason, hash, hash, payload FROM event ORDER BY id DESC LIMIT 1",
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		s := openAt(t, path)
		fill(t, s, 0, 100)
		if _, err := s.Checkpoint(ctx, "S"); err != nil {
			t.Fatal(err)
		}
		db := raw(t, path)
		dropTriggers(t, db)
		if _, err := db.Exec(change); err != nil {
			t.Fatal(name, err)
		}
		report, err := s.Verify(ctx, "S")
		if err != nil || report.OK() {
			t.Errorf("%s: %s %v", name, report.String(), err)
		}
	}
}

// A store does not go on writing to a study whose log has a hole.
func TestStoreRefusesToWriteOnAHole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	fill(t, s, 0, 100)
	db := raw(t, path)
	dropTriggers(t, db)
	if _, err := db.Exec("DELETE FROM event WHERE id & 1099511627775 = 50"); err != nil {
		t.Fatal(err)
	}
	b := ledger.Batch{Study: "S", Rows: []ledger.Row{{View: "v", Key: "k"}}}
	if _, err := s.Append(context.Background(), b); err == nil || !strings.Contains(err.Error(), "verify") {
		t.Errorf("got %v", err)
	}
}

// Damage of the file itself.
func TestCheckFindsADanglingReference(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	fill(t, s, 0, 10)
	db := raw(t, path)
	dropTriggers(t, db)
	if _, err := db.Exec("UPDATE event SET stream = 99 WHERE id & 1099511627775 = 4"); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(context.Background()); err == nil || !strings.Contains(err.Error(), "stream") {
		t.Errorf("got %v", err)
	}
	report, err := s.Verify(context.Background(), "S")
	if err != nil || report.First() == nil || report.First().Seq != 4 || report.First().Kind != ledger.FaultUnreadable {
		t.Errorf("%s %v", report.String(), err)
	}
}
