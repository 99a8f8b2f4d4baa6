package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"varde/ledger"
	"varde/ledger/ledgertest"
)

const (
	killEnv     = "VARDE_LEDGER_KILL_TEST" // path of the database, in the child
	killWriters = 4
)

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		appendForever(path)
		return
	}
	os.Exit(m.Run())
}

// appendForever is the child: it appends from several goroutines and prints each
// client id when it is acknowledged, until it is killed.
func appendForever(path string) {
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range killWriters {
		wg.Go(func() {
			stream := fmt.Sprintf("P-%d", w)
			head, err := s.Head(context.Background(), "S", stream)
			for n := int(head); err == nil; n++ {
				b := ledgertest.Batch("S", stream, int64(n), n)
				b.ClientID = fmt.Sprintf("%s/%d", stream, n)
				b.Parts = append(b.Parts, ledgertest.Batch("S", stream+"/shadow", int64(n), n).Parts...)
				b.Rows = []ledger.Row{{View: "v", Key: stream, Doc: fmt.Appendf(nil, `%d`, n)}}
				if _, err = s.Append(context.Background(), b); err == nil {
					out.Lock()
					fmt.Println("ack", b.ClientID)
					out.Unlock()
				}
			}
			fmt.Println("error", err)
		})
	}
	wg.Wait()
}

// Whatever was acknowledged is there after SIGKILL at any moment, whole, and the
// chain verifies.
func TestKill(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := map[string]bool{}
	for round := range 5 {
		killAfter(t, path, 20+random.IntN(400), acknowledged)
		s := openAt(t, path)
		if err := s.Check(ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		report, err := s.Verify(ctx, "S")
		if err != nil || !report.OK() {
			t.Fatalf("round %d: %s %v", round, report.String(), err)
		}
		for id := range acknowledged {
			events, err := s.ByClient(ctx, "S", id)
			if err != nil || len(events) != 2 {
				t.Fatalf("round %d: %s was acknowledged, %d of its 2 events are there: %v", round, id, len(events), err)
			}
		}
		for w := range killWriters {
			stream := fmt.Sprintf("P-%d", w)
			head, _ := s.Head(ctx, "S", stream)
			shadow, _ := s.Head(ctx, "S", stream+"/shadow")
			rows, err := s.Rows(ctx, ledger.Query{Study: "S", View: "v", Key: stream})
			if err != nil || head != shadow || head > 0 && (len(rows) != 1 || string(rows[0].Doc) != fmt.Sprint(head-1)) {
				t.Fatalf("round %d: %s at %d, shadow %d, rows %+v, %v", round, stream, head, shadow, rows, err)
			}
		}
		if _, err := s.Checkpoint(ctx, "S"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter starts the child and kills it after so many acknowledgements, in the
// middle of whatever it does then.
func killAfter(t *testing.T, path string, acks int, acknowledged map[string]bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killEnv+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	n := 0
	for lines.Scan() {
		id, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			t.Errorf("child: %s", lines.Text())
			break
		}
		acknowledged[id] = true
		if n++; n == acks {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Process.Kill()
	if err := child.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	if n < acks {
		t.Fatalf("only %d acknowledgements", n)
	}
}
