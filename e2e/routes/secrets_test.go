package routes

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"varde/access"
	"varde/app"
	"varde/identity"
)

// files answers every byte that lies on the disk for this world.
func (w *world) files(t testing.TB) []byte {
	t.Helper()
	var all []byte
	names, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// absent fails for each secret that stands in the bytes.
func absent(t *testing.T, where string, bytesOf []byte, secrets map[string]string) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(secrets)) {
		if s := secrets[what]; s == "" || bytes.Contains(bytesOf, []byte(s)) {
			t.Errorf("%s: the %s (%q) stands there in the clear", where, what, s)
		}
	}
}

// TestDatabaseFileHoldsNoIdentity: whoever has the database alone finds nothing of
// who a participant is, and nothing in the log.
func TestDatabaseFileHoldsNoIdentity(t *testing.T) {
	w := newWorld(t, false)
	w.live(t)
	own, _ := w.participants(t)
	coordinator := access.Actor{ID: "own-coordinator", Name: "Test", Role: "coordinator", Study: trial, Sites: w.sites[:1]}
	who := map[app.IdentityField]string{
		app.FieldName: "Solveig Xylofonsdatter", app.FieldBirth: "1983-07-19", app.FieldAddress: "Kvikksølvveien 77, 9999 Ingensted",
		app.FieldPhone: "+47 912 34 567", app.FieldEmail: "solveig.xylofon@example.org", app.FieldContacts: "Bror: Vidar Xylofonsen", app.FieldNote: "the only organist of Ingensted",
	}
	if err := w.app.KeepIdentity(t.Context(), coordinator, trial, own, who, ""); err != nil {
		t.Fatal(err)
	}
	got, err := w.app.OpenIdentity(t.Context(), coordinator, trial, own, []app.IdentityField{app.FieldName, app.FieldEmail}, "to call")
	if err != nil || got[app.FieldName] != who[app.FieldName] {
		t.Fatal(got, err)
	}
	secrets := map[string]string{}
	for f, v := range who {
		if f != app.FieldBirth && f != app.FieldPhone { // too short to be told from chance, and written in more than one way
			secrets[string(f)] = v
		}
	}
	secrets["birth date"], secrets["family name"], secrets["phone"] = "1983-07-19", "Xylofon", "4791234567"
	disk := w.files(t)
	if !bytes.Contains(disk, []byte(own)) {
		t.Fatal("the participant's number is not found either: the search is wrong")
	}
	absent(t, "database", disk, secrets)
	absent(t, "log", []byte(w.log.take()), secrets)
}

// TestDatabaseFileHoldsNoSecret: nothing in the database lets anybody sign in.
func TestDatabaseFileHoldsNoSecret(t *testing.T) {
	w := newWorld(t, false)
	ctx := t.Context()
	admin := identity.By{Account: "system", Role: "system"}
	secrets := map[string]string{"password": "correct horse battery staple 19", "email": "vibeke.kvist@example.org"}
	link, err := w.people.Invite(ctx, admin, identity.Invitation{ID: "vibeke", Name: "Vibeke Kvist", Email: secrets["email"], Kind: identity.Staff})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, found := strings.Cut(link, "#")
	if !found {
		t.Fatalf("the link %q has no fragment", link)
	}
	secrets["link"] = secret
	o, err := w.people.UseLink(ctx, link, identity.Source{})
	if err != nil {
		t.Fatal(err)
	}
	secrets["session token"] = o.Token
	address, ticket, err := w.people.BeginPassword(ctx, o.Session, secrets["password"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		t.Fatal(err)
	}
	secrets["TOTP secret"] = key.Secret()
	code, err := totp.GenerateCode(key.Secret(), w.Now())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := w.people.FinishPassword(ctx, o.Session, ticket, code)
	if err != nil || len(codes) == 0 {
		t.Fatal(codes, err)
	}
	for i, c := range codes {
		secrets["recovery code "+string(rune('a'+i))] = c
		secrets["recovery code without hyphens "+string(rune('a'+i))] = strings.ReplaceAll(c, "-", "")
	}
	w.at(w.Now().Add(time.Minute))
	code, err = totp.GenerateCode(key.Secret(), w.Now())
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.people.SignInPassword(ctx, "vibeke", secrets["password"], code, identity.Source{})
	if err != nil {
		t.Fatal(err)
	}
	secrets["second session token"] = in.Token
	if secrets["access token"], err = w.app.IssueToken(ctx, access.Actor{ID: "machine", Name: "Machine", Role: "monitor", Study: trial}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := w.people.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	disk := w.files(t)
	if !bytes.Contains(disk, []byte("vibeke")) {
		t.Fatal("the account is not found either: the search is wrong")
	}
	absent(t, "database", disk, secrets)
	absent(t, "log", []byte(w.log.take()), secrets)
}
