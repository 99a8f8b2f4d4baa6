package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"
)

// TestMain lets this test binary be the program itself: scripts run it as "varde".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"varde": main})
}

// TestScripts runs testdata/*.txtar: the command line as somebody at a terminal
// sees it. $ROOT is the repository, $DEMO a demonstration with few people, to be
// copied and not changed.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	demo := filepath.Join(t.TempDir(), "demo")
	m := &Main{Stdout: io.Discard, Stderr: io.Discard, Clock: time.Now}
	if status := m.Run(t.Context(), []string{"demo", "--no-serve", "--participants=2", "--seed=5", "--today=2026-03-02", "--data=" + demo}); status != 0 {
		t.Fatalf("varde demo ended with status %d", status)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("ROOT", root)
			e.Setenv("DEMO", demo)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"flip":      flip,
			"flipfile":  flipFile,
			"spoilrow":  spoilRow,
			"serving":   serving,
			"alldiffer": allDiffer,
		},
	})
}

// flip changes one bit of the payload of one event, past the trigger that guards it:
//
//	flip DATABASE STUDY SEQ
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: flip DATABASE STUDY SEQ")
	}
	tamper(ts, args[0], func(db *sql.DB) error {
		var id int64
		var payload []byte
		err := db.QueryRow(`SELECT event.id, payload FROM event JOIN stream ON stream.id = event.stream JOIN study ON study.id = stream.study
			WHERE study.name = ? AND event.id & 1099511627775 = CAST(? AS INTEGER)`, args[1], args[2]).Scan(&id, &payload)
		if err != nil {
			return err
		}
		payload[len(payload)/2] ^= 1
		_, err = db.Exec(`UPDATE event SET payload = ? WHERE id = ?`, string(payload), id)
		return err
	})
}

// spoilrow changes a view row, which is not part of the record: spoilrow DATABASE
func spoilRow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoilrow DATABASE")
	}
	tamper(ts, args[0], func(db *sql.DB) error {
		r, err := db.Exec(`UPDATE row SET sort = 'nobody' WHERE id = (SELECT min(id) FROM row)`)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("%d rows were changed, want 1 (%w)", n, err)
		}
		return nil
	})
}

func tamper(ts *testscript.TestScript, file string, do func(*sql.DB) error) {
	path := ts.MkAbs(file)
	_, err := os.Stat(path)
	ts.Check(err)
	db, err := sql.Open("sqlite", path)
	ts.Check(err)
	db.SetMaxOpenConns(1)
	// The guard has to be seen at work before it is taken away.
	if _, err := db.Exec(`UPDATE event SET actor = 'somebody else'`); err == nil || !strings.Contains(err.Error(), "never changed") {
		ts.Fatalf("the database let an event be changed: %v", err)
	}
	if _, err := db.Exec(`DELETE FROM event`); err == nil || !strings.Contains(err.Error(), "never deleted") {
		ts.Fatalf("the database let an event be deleted: %v", err)
	}
	_, err = db.Exec(`DROP TRIGGER event_update`)
	ts.Check(err)
	ts.Check(do(db))
	ts.Check(db.Close())
}

// flipfile changes one bit of a file, in the middle of the first line that holds a text:
//
//	flipfile FILE TEXT
func flipFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flipfile FILE TEXT")
	}
	text := []byte(ts.ReadFile(args[0]))
	start := strings.Index(string(text), args[1])
	if start < 0 {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	text[start+len(args[1])/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

// alldiffer says that no two files are the same: alldiffer FILE FILE...
func allDiffer(ts *testscript.TestScript, neg bool, args []string) {
	seen := map[string]string{}
	for _, a := range args {
		text := ts.ReadFile(a)
		if other := seen[text]; other != "" {
			ts.Fatalf("%s and %s are the same", other, a)
		}
		seen[text] = a
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: alldiffer FILE FILE...")
	}
}

// serving starts "varde ARGS...", waits for its address, asks for the pages, then
// interrupts it and expects a clean end:
//
//	serving PATH=STATUS[,TEXT] ... -- ARGS...
func serving(ts *testscript.TestScript, neg bool, args []string) {
	if runtime.GOOS == "windows" {
		return // no interrupts there
	}
	var asks []string
	for len(args) > 0 && args[0] != "--" {
		asks, args = append(asks, args[0]), args[1:]
	}
	if neg || len(args) < 2 || len(asks) == 0 {
		ts.Fatalf("usage: serving PATH=STATUS[,TEXT] ... -- ARGS...")
	}
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	program, err := exec.LookPath(filepath.Join(strings.SplitN(ts.Getenv("PATH"), string(os.PathListSeparator), 2)[0], "varde"))
	ts.Check(err)
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	reader := bufio.NewReader(out)
	base := ""
	for base == "" {
		line, err := reader.ReadString('\n')
		if err != nil {
			_ = cmd.Wait()
			ts.Fatalf("it ended before it served: %s", complaints.String())
		}
		if _, rest, ok := strings.Cut(line, "Varde is at "); ok {
			base = strings.Fields(rest)[0]
		}
	}
	for _, a := range asks {
		path, want, _ := strings.Cut(a, "=")
		status, text, _ := strings.Cut(want, ",")
		response, err := http.Get(base + path)
		ts.Check(err)
		body, err := io.ReadAll(response.Body)
		ts.Check(err)
		ts.Check(response.Body.Close())
		if got := fmt.Sprint(response.StatusCode); got != status || !strings.Contains(string(body), text) {
			ts.Fatalf("%s answered %s, want %s with %q:\n%s", path, got, status, text, body)
		}
	}
	ts.Check(cmd.Process.Signal(syscall.SIGINT))
	rest, err := io.ReadAll(reader)
	ts.Check(err)
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("after an interrupt: %v\n%s", err, complaints.String())
	}
	ts.Logf("%s%s", rest, complaints.String())
}
