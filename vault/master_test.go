package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"varde/vault"
)

func TestMasterFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := vault.Open("file:" + path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := vault.CreateFile(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := vault.CreateFile(path, rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	m, err := vault.Open("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	keys := store(t)
	server := vault.New(keys, m) // goes on while the key is rotated
	sealed := seal(t, server, anna, "name", "Anna")
	first := m.ID()
	id, err := vault.AddKey(path, rand.Reader)
	if err != nil || id == first {
		t.Fatalf("%s, %v", id, err)
	}
	next, err := vault.OpenFile(path)
	if err != nil || next.ID() != id || strings.Join(next.IDs(), " ") != id+" "+first {
		t.Fatalf("%v, %v", next.IDs(), err)
	}
	if n, err := vault.New(keys, next).Rewrap(ctx); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	opens(t, server, anna, "name", sealed, "Anna")
	seal(t, server, bert, "name", "Bert")
	if s, err := server.Status(ctx); err != nil || s.ByMaster[id] != 2 || s.Current != id {
		t.Errorf("%+v, %v", s, err)
	}
	left, err := filepath.Glob(path + "*")
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := os.WriteFile(path+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.AddKey(path, rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("two rotate at once: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open("file:" + path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by all: %v", err)
	}
}

func TestMasterTexts(t *testing.T) {
	key := bytes.Repeat([]byte{0xfb}, 32)
	h, b64 := hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key)
	other := hex.EncodeToString(bytes.Repeat([]byte{1}, 32))
	for text, want := range map[string]int{
		h: 1, b64: 1, strings.TrimRight(b64, "="): 1, base64.URLEncoding.EncodeToString(key): 1, strings.ToUpper(h): 1,
		h + "," + other: 2, h + "\n" + other + "\n": 2, " # newest\n" + h + " # old: " + other: 1,
		"": 0, "# nothing": 0, h[:62]: 0, h + "," + h[:10]: 0, "password": 0, h + other: 0,
	} {
		t.Setenv("VARDE_TEST_MASTER", text)
		m, err := vault.Open("env:VARDE_TEST_MASTER")
		if want == 0 {
			if err == nil || len(text) > 4 && strings.Contains(err.Error(), text) {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		ring, ok := m.(*vault.Keyring)
		if err != nil || !ok || len(ring.IDs()) != want {
			t.Errorf("%q: %v, %v", text, m, err)
			continue
		}
		one, _ := vault.NewKeyring(key)
		if m.ID() != one.ID() || strings.Contains(h, m.ID()) {
			t.Errorf("%q: id %s", text, m.ID())
		}
	}
	for _, uri := range []string{"", "master.key", "env:", "env:VARDE_NOT_SET", "kms:x", "file:/does/not/exist"} {
		if _, err := vault.Open(uri); err == nil {
			t.Errorf("%q opens", uri)
		}
	}
	if _, err := vault.NewKeyring(); err == nil {
		t.Error("no key")
	}
	if _, err := vault.NewKeyring([]byte("short")); err == nil {
		t.Error("short key")
	}
}

func TestRegisteredScheme(t *testing.T) {
	open := func(uri string) (vault.Master, error) {
		if uri != "testkms:ring/1" {
			return nil, errors.New("no such key")
		}
		return masterOf(t, "k"), nil
	}
	if err := vault.Register("testkms", open); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"testkms", "file", "env", ""} {
		if err := vault.Register(scheme, open); err == nil {
			t.Errorf("%q registered again", scheme)
		}
	}
	m, err := vault.Open("testkms:ring/1")
	if err != nil || m.ID() != masterOf(t, "k").ID() {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := vault.Open("testkms:ring/2"); err == nil {
		t.Error("a key that is not there")
	}
}
