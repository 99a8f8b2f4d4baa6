package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"varde/ledger/sqlite"
	"varde/vault"
)

var (
	ctx  = context.Background()
	anna = vault.Owner{Space: "demo", Person: "S01-001"}
	bert = vault.Owner{Space: "demo", Person: "S01-002"}
)

func masterOf(t testing.TB, letters ...string) *vault.Keyring {
	t.Helper()
	var keys [][]byte
	for _, l := range letters {
		keys = append(keys, bytes.Repeat([]byte(l), 32))
	}
	r, err := vault.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func storeAt(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func store(t testing.TB) *sqlite.Store { return storeAt(t, filepath.Join(t.TempDir(), "v.db")) }

func seal(t testing.TB, v *vault.Vault, o vault.Owner, field, value string) string {
	t.Helper()
	text, err := v.Seal(ctx, o, field, value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func opens(t testing.TB, v *vault.Vault, o vault.Owner, field, sealed, want string) {
	t.Helper()
	if got, err := v.Open(ctx, o, field, sealed); got != want || err != nil {
		t.Errorf("open: %q, %v; want %q", got, err, want)
	}
}

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	keys := store(t)
	v := vault.New(keys, masterOf(t, "a"))
	sealed := seal(t, v, anna, "name", "Anna Invented")
	opens(t, v, anna, "name", sealed, "Anna Invented")
	if strings.Contains(sealed, "Anna") || sealed == seal(t, v, anna, "name", "Anna Invented") {
		t.Error("sealing hides nothing, or the same twice")
	}
	seal(t, v, bert, "name", "Bert")
	elsewhere := vault.Owner{Space: "other", Person: anna.Person}
	seal(t, v, elsewhere, "name", "Else")
	for name, x := range map[string]struct {
		o             vault.Owner
		field, sealed string
	}{
		"another person": {bert, "name", sealed}, "another space": {elsewhere, "name", sealed}, "another field": {anna, "phone", sealed},
		"nobody": {vault.Owner{Space: "demo", Person: "S01-009"}, "name", sealed}, "empty": {anna, "name", ""},
		"no prefix": {anna, "name", sealed[3:]}, "cut short": {anna, "name", sealed[:len(sealed)-2]}, "not base64": {anna, "name", "s1.***"},
	} {
		if got, err := v.Open(ctx, x.o, x.field, x.sealed); !errors.Is(err, vault.ErrSealed) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(sealed[3:])
	for i := range raw {
		raw[i] ^= 1
		if _, err := v.Open(ctx, anna, "name", "s1."+base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
		raw[i] ^= 1
	}
	// Names that only look alike are different owners.
	a, b := vault.Owner{Space: "x/y", Person: "z"}, vault.Owner{Space: "x", Person: "y/z"}
	text := seal(t, v, a, "f", "1")
	seal(t, v, b, "f", "2")
	if _, err := v.Open(ctx, b, "f", text); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("two owners share a key: %v", err)
	}
	if _, err := v.Seal(ctx, vault.Owner{Space: "x"}, "f", "1"); err == nil {
		t.Error("a key for nobody")
	}
	if _, err := v.Seal(ctx, anna, "f", strings.Repeat("x", vault.MaxValue+1)); err == nil {
		t.Error("a value without bound")
	}
}

func TestAKeyMovedToAnotherPersonDoesNotOpen(t *testing.T) {
	keys := store(t)
	v := vault.New(keys, masterOf(t, "a"))
	sealed := seal(t, v, anna, "name", "Anna")
	text, _ := keys.Setting(ctx, "key/demo/S01-001")
	if err := keys.SetSetting(ctx, "key/demo/S01-002", text); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(ctx, bert, "name", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Error(err)
	}
	if err := keys.SetSetting(ctx, "key/demo/S01-002", "{broken"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(ctx, bert, "name", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Error(err)
	}
	if _, err := v.Rewrap(ctx); err == nil {
		t.Error("a broken key was passed over")
	}
}

func TestWrongMaster(t *testing.T) {
	keys := store(t)
	sealed := seal(t, vault.New(keys, masterOf(t, "a")), anna, "name", "Anna")
	for name, m := range map[string]vault.Master{"another": masterOf(t, "b"), "none": vault.Missing(vault.ErrSealed)} {
		v := vault.New(keys, m)
		if _, err := v.Open(ctx, anna, "name", sealed); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := v.Seal(ctx, anna, "name", "x"); err == nil {
			t.Errorf("%s: sealed under a key that cannot be read", name)
		}
	}
	_, err := vault.New(keys, masterOf(t, "b")).Open(ctx, anna, "name", sealed)
	if !strings.Contains(err.Error(), masterOf(t, "a").ID()) {
		t.Errorf("the error does not name the master key that is missing: %v", err)
	}
	// A key ring that pretends to be the other: the id alone opens nothing.
	text, _ := keys.Setting(ctx, "key/demo/S01-001")
	forged := strings.Replace(text, masterOf(t, "a").ID(), masterOf(t, "b").ID(), 1)
	if err := keys.SetSetting(ctx, "key/demo/S01-001", forged); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.New(keys, masterOf(t, "b")).Open(ctx, anna, "name", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Error(err)
	}
}

func TestRotation(t *testing.T) {
	keys := store(t)
	old := vault.New(keys, masterOf(t, "a"))
	sealed := seal(t, old, anna, "name", "Anna")
	seal(t, old, bert, "name", "Bert")
	if err := old.Erase(ctx, bert); err != nil {
		t.Fatal(err)
	}
	v := vault.New(keys, masterOf(t, "b", "a"))
	opens(t, v, anna, "name", sealed, "Anna")
	if n, err := v.Rewrap(ctx); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := v.Rewrap(ctx); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	s, err := v.Status(ctx)
	if err != nil || s.Erased != 1 || len(s.ByMaster) != 1 || s.ByMaster[s.Current] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	opens(t, vault.New(keys, masterOf(t, "b")), anna, "name", sealed, "Anna")
	if _, err := vault.New(keys, masterOf(t, "a")).Open(ctx, anna, "name", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Error("the old master key still opens")
	}
	if _, err := v.Seal(ctx, bert, "name", "Bert"); !errors.Is(err, vault.ErrErased) {
		t.Errorf("rotation brought an erased key back: %v", err)
	}
	// One key that does not unwrap does not keep the others from being wrapped.
	seal(t, vault.New(keys, masterOf(t, "z")), vault.Owner{Space: "demo", Person: "A"}, "name", "A")
	if n, err := vault.New(keys, masterOf(t, "c", "b")).Rewrap(ctx); n != 1 || !errors.Is(err, vault.ErrSealed) || !strings.Contains(err.Error(), "1 keys") {
		t.Errorf("%d, %v", n, err)
	}
}

func TestRenew(t *testing.T) {
	keys := store(t)
	v, other := vault.New(keys, masterOf(t, "a")), vault.New(keys, masterOf(t, "a"))
	before := seal(t, v, anna, "name", "old")
	opens(t, other, anna, "name", before, "old")
	if err := v.Renew(ctx, anna); err != nil {
		t.Fatal(err)
	}
	after := seal(t, v, anna, "name", "new")
	for _, v := range []*vault.Vault{v, other} {
		opens(t, v, anna, "name", before, "old")
		opens(t, v, anna, "name", after, "new")
	}
	if before[:10] == after[:10] {
		t.Error("both are sealed under one key")
	}
	if err := v.Renew(ctx, bert); err != nil {
		t.Errorf("of one who had none: %v", err)
	}
}

func TestErasure(t *testing.T) {
	keys := store(t)
	v, other := vault.New(keys, masterOf(t, "a")), vault.New(keys, masterOf(t, "a"))
	sealed := seal(t, v, anna, "name", "Anna")
	his := seal(t, v, bert, "name", "Bert")
	opens(t, other, anna, "name", sealed, "Anna") // and keeps her key in memory
	if is, err := v.Erased(ctx, anna); is || err != nil {
		t.Errorf("%v, %v", is, err)
	}
	for range 2 {
		if err := v.Erase(ctx, anna); err != nil {
			t.Fatal(err)
		}
	}
	for name, v := range map[string]*vault.Vault{"that erased": v, "another process": other, "a new one": vault.New(keys, masterOf(t, "a"))} {
		if _, err := v.Open(ctx, anna, "name", sealed); !errors.Is(err, vault.ErrErased) {
			t.Errorf("%s opens: %v", name, err)
		}
		if _, err := v.Seal(ctx, anna, "name", "x"); !errors.Is(err, vault.ErrErased) {
			t.Errorf("%s seals: %v", name, err)
		}
		if err := v.Renew(ctx, anna); !errors.Is(err, vault.ErrErased) {
			t.Errorf("%s renews: %v", name, err)
		}
		if is, err := v.Erased(ctx, anna); !is || err != nil {
			t.Errorf("%s: %v, %v", name, is, err)
		}
		opens(t, v, bert, "name", his, "Bert")
	}
	nobody := vault.Owner{Space: "demo", Person: "never"}
	if err := v.Erase(ctx, nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Seal(ctx, nobody, "name", "x"); !errors.Is(err, vault.ErrErased) {
		t.Errorf("erased before anything was kept: %v", err)
	}
}

// TestErasedKeysAreInNoFile: of many keys, so that pages split, the erased ones are
// found neither in the database nor in its log; and the search itself finds those
// that were not erased.
func TestErasedKeysAreInNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	keys := storeAt(t, path)
	v := vault.New(keys, masterOf(t, "a"))
	wrapped := map[int][]byte{}
	const people = 300
	owner := func(i int) vault.Owner { return vault.Owner{Space: "demo", Person: fmt.Sprintf("S01-%03d", i)} }
	for n := range people {
		i := n * 7 % people // not in the order of their names
		seal(t, v, owner(i), "name", "x")
		text, err := keys.Setting(ctx, "key/demo/"+owner(i).Person)
		if err != nil {
			t.Fatal(err)
		}
		wrapped[i] = []byte(text[40:])
	}
	files := func() (all []byte) {
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(path + suffix)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	before := files()
	for i := range people {
		if !bytes.Contains(before, wrapped[i]) {
			t.Fatalf("the search does not find key %d, which is there", i)
		}
	}
	for i := 0; i < people; i += 2 {
		if err := v.Erase(ctx, owner(i)); err != nil {
			t.Fatal(err)
		}
		if i == 0 && bytes.Contains(files(), wrapped[0]) {
			t.Fatal("the first erased key still stands in the file")
		}
	}
	after, left := files(), 0
	for i := range people {
		switch there := bytes.Contains(after, wrapped[i]); {
		case there && i%2 == 0:
			left++
		case !there && i%2 == 1:
			t.Errorf("key %d was lost", i)
		}
	}
	if left > 0 {
		t.Errorf("%d erased keys still stand in the file", left)
	}
}

// A reader that holds an old snapshot hinders the log from being emptied: the error
// says so, and erasing again ends it.
func TestErasingBesideAReader(t *testing.T) {
	keys := store(t)
	v := vault.New(keys, masterOf(t, "a"))
	seal(t, v, anna, "name", "x")
	stuck := &stubborn{Keys: keys, err: errors.New("busy")}
	v = vault.New(stuck, masterOf(t, "a"))
	if err := v.Erase(ctx, anna); err == nil || !strings.Contains(err.Error(), "erase again") {
		t.Fatal(err)
	}
	if is, _ := v.Erased(ctx, anna); !is {
		t.Error("the key lives")
	}
	stuck.err = nil
	if err := v.Erase(ctx, anna); err != nil || stuck.scrubs != 2 {
		t.Errorf("%v, %d scrubs", err, stuck.scrubs)
	}
}

type stubborn struct {
	vault.Keys
	err    error
	scrubs int
}

func (s *stubborn) Scrub(ctx context.Context) error {
	if s.scrubs++; s.err != nil {
		return s.err
	}
	return s.Keys.Scrub(ctx)
}

// Two processes that meet a person for the first time at once must end with one key.
func TestFirstSealInManyProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	var vaults []*vault.Vault
	for range 2 {
		s := storeAt(t, path)
		for range 3 {
			vaults = append(vaults, vault.New(s, masterOf(t, "a")))
		}
	}
	for round := range 5 {
		o := vault.Owner{Space: "demo", Person: fmt.Sprint(round)}
		sealed := make([]string, len(vaults))
		var wg sync.WaitGroup
		for i, v := range vaults {
			wg.Go(func() {
				var err error
				if sealed[i], err = v.Seal(ctx, o, "name", fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, v := range vaults {
			for i, text := range sealed {
				opens(t, v, o, "name", text, fmt.Sprint(i))
			}
		}
	}
}

// Rewrapping while keys are erased and renewed brings no key back and loses none.
func TestRewrapBesideErasure(t *testing.T) {
	keys := store(t)
	v := vault.New(keys, masterOf(t, "a"))
	const people = 20
	sealed := make([]string, people)
	owner := func(i int) vault.Owner { return vault.Owner{Space: "demo", Person: fmt.Sprint(i)} }
	for i := range people {
		sealed[i] = seal(t, v, owner(i), "f", "x")
	}
	next := vault.New(keys, masterOf(t, "b", "a"))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := next.Rewrap(ctx); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		for i := range people {
			var err error
			if i%2 == 0 {
				err = v.Erase(ctx, owner(i))
			} else {
				err = vault.New(keys, masterOf(t, "a", "b")).Renew(ctx, owner(i))
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	for i := range people {
		_, err := next.Open(ctx, owner(i), "f", sealed[i])
		if i%2 == 0 && !errors.Is(err, vault.ErrErased) || i%2 == 1 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	v := vault.New(store(t), masterOf(t, "a"))
	rapid.Check(t, func(r *rapid.T) {
		o := vault.Owner{Space: rapid.StringN(1, 10, 40).Draw(r, "space"), Person: rapid.StringN(1, 10, 40).Draw(r, "person")}
		field, value := rapid.String().Draw(r, "field"), rapid.String().Draw(r, "value")
		sealed, err := v.Seal(ctx, o, field, value)
		if err != nil {
			r.Fatal(err)
		}
		if got, err := v.Open(ctx, o, field, sealed); got != value || err != nil {
			r.Fatalf("%q, %v", got, err)
		}
		if _, err := v.Open(ctx, o, field+"x", sealed); !errors.Is(err, vault.ErrSealed) {
			r.Fatal(err)
		}
	})
}

func TestLengthsAreHidden(t *testing.T) {
	v := vault.New(store(t), masterOf(t, "a"))
	if a, b := seal(t, v, anna, "name", "Bo"), seal(t, v, anna, "name", "Bartholomew Invented"); len(a) != len(b) {
		t.Errorf("%d and %d characters", len(a), len(b))
	}
	for _, value := range []string{"", "\x80", "\x80\x00\x00", strings.Repeat("\x00", 64), strings.Repeat("x", 32)} {
		opens(t, v, anna, "f", seal(t, v, anna, "f", value), value)
	}
}

func FuzzOpen(f *testing.F) {
	v := vault.New(store(f), masterOf(f, "a"))
	good := seal(f, v, anna, "name", "Anna")
	for _, s := range []string{good, "", "s1.", good[:20], good + "A", "s1.AAAA", "s2." + good[3:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sealed string) {
		got, err := v.Open(ctx, anna, "name", sealed)
		if err == nil != (got == "Anna" && sealed == good) {
			t.Errorf("%q opens as %q, %v", sealed, got, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v := vault.New(store(b), masterOf(b, "a"))
	seal(b, v, anna, "name", "x")
	b.ReportAllocs()
	for b.Loop() {
		seal(b, v, anna, "name", "Anna Invented")
	}
}

func BenchmarkOpen(b *testing.B) {
	v := vault.New(store(b), masterOf(b, "a"))
	sealed := seal(b, v, anna, "name", "Anna Invented")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Open(ctx, anna, "name", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
