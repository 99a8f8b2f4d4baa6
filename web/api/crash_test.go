package api_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/ledger"
	"varde/web/api/testbed"
)

// crashDir names the folder of the database when this program is the child.
const crashDir = "VARDE_API_CRASH_DIR"

// serveUntilKilled is the child: it serves the database in the folder and prints
// its address.
func serveUntilKilled(dir string) int {
	bed, err := testbed.Open(context.Background(), dir, testbed.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(l.Addr())
	server := &http.Server{Handler: bed.API, ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintln(os.Stderr, server.Serve(l))
	return 1
}

// acknowledged is a save that the server said was done.
type acknowledged struct {
	participant string
	repeat      int
	note        string
}

// Killed at any moment, the server has kept every save that it has acknowledged,
// and the ledger verifies. Each round goes on with the database of the round before.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	dir := t.TempDir()
	ctx := context.Background()
	signer, err := ledger.GenerateSigner(rand.Reader, "crash.test")
	if err != nil {
		t.Fatal(err)
	}
	bed, err := testbed.New(ctx, dir, testbed.Options{Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := bed.Enrol(ctx, "S01", 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	token, err := bed.Token(ctx, testbed.Coordinator)
	if err != nil {
		t.Fatal(err)
	}
	if err := bed.Close(); err != nil {
		t.Fatal(err)
	}
	seeded := mathrand.New(mathrand.NewPCG(20260302, 9))
	var all []acknowledged
	for round := range 3 {
		after := time.Duration(100+seeded.IntN(500)) * time.Millisecond
		all = append(all, killDuringSaves(t, dir, token, ids, round, after)...)
		checkSurvived(t, dir, signer, all)
	}
	if len(all) < 50 {
		t.Errorf("only %d saves were acknowledged in all: too small a load to prove anything", len(all))
	}
	t.Logf("%d saves acknowledged over 3 kills", len(all))
}

func killDuringSaves(t *testing.T, dir, token string, ids []string, round int, after time.Duration) []acknowledged {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(line)
	var mu sync.Mutex
	var saved []acknowledged
	var wg sync.WaitGroup
	for client := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; ; n++ {
				a := acknowledged{participant: ids[client%len(ids)], note: fmt.Sprintf("drug-%d-%d-%d", round, client, n)}
				repeat, status := addMedicine(address, token, a)
				if status == 0 {
					return // the server is dead
				}
				if status != 201 {
					t.Errorf("client %d: status %d", client, status)
					return
				}
				a.repeat = repeat
				mu.Lock()
				saved = append(saved, a)
				mu.Unlock()
			}
		}()
	}
	time.Sleep(after)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed: that is its error
	wg.Wait()
	return saved
}

// addMedicine saves one record, and answers its number and the status, 0 when
// nobody answered.
func addMedicine(address, token string, a acknowledged) (repeat, status int) {
	url := "http://" + address + base + "/participants/" + a.participant + "/forms/-/conmed"
	r, err := http.NewRequest("POST", url, strings.NewReader(fmt.Sprintf(`{"items":{"name":%q}}`, a.note)))
	if err != nil {
		return 0, -1
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", a.note)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var out struct{ Repeat int }
	if err != nil || res.StatusCode == 201 && json.Unmarshal(body, &out) != nil {
		return 0, 0 // cut off in the middle of the answer: not acknowledged
	}
	return out.Repeat, res.StatusCode
}

func checkSurvived(t *testing.T, dir string, signer *ledger.Signer, all []acknowledged) {
	t.Helper()
	ctx := context.Background()
	bed, err := testbed.Open(ctx, dir, testbed.Options{Signer: signer})
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	defer func() {
		if err := bed.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, a := range all {
		s, err := bed.App.Participant(ctx, testbed.Coordinator, testbed.Study, a.participant)
		if err != nil {
			t.Fatal(err)
		}
		f := s.Form("", "conmed", a.repeat)
		if f == nil || f.Values["name"].Text() != a.note {
			t.Errorf("%s/%d was acknowledged with %q and is lost: %+v", a.participant, a.repeat, a.note, f)
		}
	}
	report, err := bed.Store.Verify(ctx, testbed.Study, signer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the ledger does not verify: %+v", report)
	}
	r, err := bed.App.Rebuild(ctx, testbed.Study)
	if err != nil || !r.Same() {
		t.Errorf("the views are not what the ledger says: %+v %v", r, err)
	}
}
