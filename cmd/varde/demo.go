package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/schollz/progressbar/v3"

	"varde/access"
	"varde/protocol"
	"varde/protocols"
	"varde/report"
	"varde/simulate"
	"varde/study"
	"varde/vault"
)

type demoCmd struct {
	Participants int    `default:"104" help:"People to be randomised in the finished study."`
	Seed         uint64 `default:"6" help:"Seed: the same seed and day give the same record, byte for byte. One seed is one draw: try others."`
	Protocol     string `default:"mdma-ptsd-three-session" help:"Protocol of the finished study: a shipped one, or a folder such as ./calm."`
	Today        string `help:"The day on which the demonstration stands, YYYY-MM-DD; today by default."`
	NoServe      bool   `name:"no-serve" help:"Quit after the summary."`
	Addr         string `default:"127.0.0.1:8080" help:"Address to listen on; this machine only."`
	Data         string `default:"varde-data" help:"Data folder."`
	Fresh        bool   `help:"Throw an earlier demonstration in the data folder away first."`
	Content      string `name:"content" placeholder:"DIR" help:"Folder of the clinic's own public pages (docs/content.md)."`
	Language     string `enum:"en,nb" default:"en" help:"Language of the summary: en or nb."`
	JSON         bool   `name:"json" help:"Print the result as JSON instead of the summary."`
}

// Studies of a demonstration: one that is over, with its result, and one under way
// in which a person can do the next step by hand.
const (
	finishedStudy = "demo"
	liveStudy     = "live"
)

// The study under way has two sites, so that the one whose roles a visitor tries
// has people at every stage, and it still recruits on its last day.
const (
	livePeople = 30
	liveSites  = 2
)

func (c *demoCmd) Run(ctx context.Context, m *Main) error {
	if c.Participants < 1 || c.Participants > 1_000_000 {
		return fmt.Errorf("--participants is from 1 to 1000000, not %d", c.Participants)
	}
	today := m.Clock().UTC().Truncate(24 * time.Hour)
	if c.Today != "" {
		t, err := time.Parse(time.DateOnly, c.Today)
		if err != nil || t.After(today) {
			return fmt.Errorf("--today is a day until now, written YYYY-MM-DD, not %q", c.Today)
		}
		today = t
	}
	pages, err := m.readContent(c.Content)
	if err != nil {
		return err
	}
	dir := m.path(c.Data)
	there, err := c.earlier(ctx, m, dir)
	if err != nil {
		return err
	}
	var listener net.Listener
	at := ""
	if !c.NoServe {
		// Before the run, which takes its time: a port that is taken is told at once.
		if listener, err = listen(c.Addr); err != nil {
			return err
		}
		defer listener.Close()
		at = urlOf(listener.Addr())
	}
	spareMemory(c.Participants)
	clock := &demoClock{now: m.Clock}
	if !there {
		if err := writeDemoKey(dir, c.Seed); err != nil {
			return err
		}
		if m.Master == "" {
			// Nobody real is in a demonstration: there is nothing to warn of.
			if err := vault.CreateFile(filepath.Join(dir, masterFile), rand.Reader); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		clock.at = today // until the pages are served
	}
	w, err := m.openWorkspaceAt(ctx, at, c.Data, true, clock.Now, m.logger("quiet"), 1024)
	if err != nil {
		return err
	}
	if !there {
		err = c.fill(ctx, m, w, clock, today)
	}
	if err == nil {
		err = c.tell(ctx, m, w)
	}
	if err == nil && !c.NoServe {
		if err = c.askForHelp(ctx, w, clock, today); err != nil {
			return errors.Join(err, w.Close())
		}
		clock.at = time.Time{}
		// Only where it is looked at: what is sealed is never the same twice, and the same
		// seed is to give the same record.
		if err = w.app.FurnishDemo(ctx, liveStudy); err != nil {
			return errors.Join(err, w.Close())
		}
		w.content = pages
		err = m.serve(ctx, w, listener, nil, nil, m.logger("quiet"))
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(m.Stdout, "\nStopped. What was recorded is in %s; \"varde serve --data %s\" opens it.\n", c.Data, c.Data)
		err = nil
	}
	return errors.Join(err, w.Close())
}

// spareMemory lets the garbage collector run less often than it would by itself,
// within bounds: a run makes much that is soon forgotten.
func spareMemory(participants int) {
	limit := int64(160 << 20)
	if participants > 1000 {
		limit = 640 << 20
	}
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(limit)
}

// earlier says whether the folder holds a demonstration already, and throws it
// away when asked to. Anything that is not a demonstration is never touched.
func (c *demoCmd) earlier(ctx context.Context, m *Main, dir string) (bool, error) {
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return false, err
	}
	demo := w.app.Demo(ctx)
	if err := w.Close(); err != nil {
		return false, err
	}
	switch {
	case !demo:
		return false, fmt.Errorf("%s holds data that is no demonstration: choose another folder with --data", c.Data)
	case !c.Fresh:
		fmt.Fprintf(m.Stdout, "The demonstration in %s is opened as it was left; --fresh runs it anew.\n", c.Data)
		return true, nil
	}
	for _, name := range []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm", sealFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// writeDemoKey makes the seal key from the seed: a demonstration keeps no secrets,
// and the same seed is to give the same bytes.
func writeDemoKey(dir string, seed uint64) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key := seedBytes(seed, "seal")
	return os.WriteFile(filepath.Join(dir, sealFile), []byte(hex.EncodeToString(key)+"\n"), 0o600)
}

func seedBytes(seed uint64, what string) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("varde demo "+what+"\x00"), seed))
	return h[:]
}

func (c *demoCmd) fill(ctx context.Context, m *Main, w *workspace, clock *demoClock, today time.Time) error {
	if err := w.app.SetDemo(ctx); err != nil {
		return err
	}
	def, err := m.protocolNamed(c.Protocol)
	if err != nil {
		return err
	}
	began := time.Now()
	last, err := c.cohort(ctx, m, w, clock, cohort{
		study: finishedStudy, title: def.Title.EN, def: def, people: c.Participants, seed: c.Seed,
		start: today.Add(-runLength(def, c.Participants)),
	})
	if err != nil {
		return err
	}
	// Afterwards the study is closed, locked and unblinded, as a sponsor would.
	clock.at = minTime(last.Add(14*24*time.Hour), today)
	if clock.at.Before(last) {
		clock.at = last
	}
	sponsor := access.Actor{ID: "demo-sponsor", Name: "Sponsor", Role: "sponsor", Study: finishedStudy}
	for _, cmd := range []study.Command{study.CloseRecruitment{}, study.LockStudy{}, study.UnblindStudy{Witness: "demo-data-manager"}} {
		if _, err := w.app.Do(ctx, sponsor, finishedStudy, cmd, ""); err != nil {
			return fmt.Errorf("%s: %w", finishedStudy, err)
		}
	}
	if _, err := w.app.Checkpoint(ctx, finishedStudy); err != nil {
		return err
	}
	randomising, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		return err
	}
	if _, err := c.cohort(ctx, m, w, clock, cohort{
		study: liveStudy, title: "A study under way", def: randomising, people: livePeople, seed: c.Seed + 1_000_003,
		start: today.Add(-26 * 7 * 24 * time.Hour), until: today, sites: liveSites,
	}); err != nil {
		return err
	}
	clock.at = today
	if _, err := w.app.Checkpoint(ctx, liveStudy); err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "Both studies were run in %s.\n", time.Since(began).Round(10*time.Millisecond))
	return nil
}

type cohort struct {
	study, title string
	def          *protocol.Definition
	people       int
	seed         uint64
	start, until time.Time
	sites        int // how many of the simulated sites take part; 0 = all
}

// simulated is the protocol as the simulator reads it.
func (k *cohort) simulated() *protocol.Definition {
	if k.sites == 0 || k.def.Simulation == nil || len(k.def.Simulation.Sites) <= k.sites {
		return k.def
	}
	def, sim := *k.def, *k.def.Simulation
	sim.Sites = sim.Sites[:k.sites]
	def.Simulation = &sim
	return &def
}

// cohort opens a study and runs its virtual people; it answers when the last thing happened.
func (c *demoCmd) cohort(ctx context.Context, m *Main, w *workspace, clock *demoClock, k cohort) (time.Time, error) {
	clock.at = k.start
	if _, err := w.app.Do(ctx, access.System, k.study, study.OpenStudy{Mode: "practice", Title: k.title, Definition: k.def}, ""); err != nil {
		return time.Time{}, err
	}
	bar := progressbar.NewOptions(k.people,
		progressbar.OptionSetWriter(m.Stderr), progressbar.OptionSetDescription(fmt.Sprintf("%-5s %s", k.study, k.def.ID)),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(m.Stderr) }))
	sum, err := simulate.Run(ctx, simulate.Config{
		App: w.app, Study: k.study, Definition: k.simulated(), Seed: k.seed, Participants: k.people, Start: k.start, Until: k.until,
		Progress: func(done, _ int) { _ = bar.Set(min(done, k.people)) },
	})
	if err != nil {
		fmt.Fprintln(m.Stderr) // the bar stays where it was
		return sum.Last, err
	}
	_ = bar.Finish()
	for code, n := range sum.Unexpected {
		fmt.Fprintf(m.Stderr, "%s: %d commands were refused unexpectedly: %s\n", k.study, n, code)
	}
	return sum.Last, nil
}

// runLength is a generous guess at how long a study of n people takes, so that it
// is over by today.
func runLength(def *protocol.Definition, n int) time.Duration {
	week := 7 * 24 * time.Hour
	if def.Simulation == nil {
		return 104 * week
	}
	perWeek := 0.0
	for _, s := range def.Simulation.Sites {
		perWeek += s.Referrals
	}
	perWeek *= (1 - def.Simulation.Prescreen.Rate) * (1 - def.Simulation.Screening.Rate) * 0.8
	weeks := 130.0
	if perWeek > 0 {
		weeks += 1.2 * float64(n) / perWeek
	}
	return time.Duration(math.Ceil(weeks)) * week
}

func (c *demoCmd) tell(ctx context.Context, m *Main, w *workspace) error {
	r, err := m.analyse(ctx, w, finishedStudy, 0)
	if err != nil {
		return err
	}
	if c.JSON {
		return report.JSON(m.Stdout, r)
	}
	return report.Text(m.Stdout, c.Language, r)
}

// demoClock stands at a moment while the past is simulated, and then runs.
type demoClock struct {
	at  time.Time
	now func() time.Time
}

// Now answers the moment, or the time of the world once it is let go.
func (c *demoClock) Now() time.Time {
	if c.at.IsZero() {
		return c.now()
	}
	return c.at
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
