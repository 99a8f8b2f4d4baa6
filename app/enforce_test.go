package app

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"iter"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

// commandTypes answers the names of all commands of study, read from its source.
func commandTypes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../study/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && d.Name.Name == "When" {
					if x, ok := d.Recv.List[0].Type.(*ast.Ident); ok && x.Name != "On" {
						out = append(out, x.Name)
					}
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if name, ok := embedsOn(s); ok {
						out = append(out, name)
					}
				}
			}
		}
	}
	return out
}

func embedsOn(s ast.Spec) (string, bool) {
	t, ok := s.(*ast.TypeSpec)
	if !ok {
		return "", false
	}
	x, ok := t.Type.(*ast.StructType)
	return t.Name.Name, ok && slices.ContainsFunc(x.Fields.List, func(f *ast.Field) bool {
		e, ok := f.Type.(*ast.Ident)
		return ok && len(f.Names) == 0 && e.Name == "On"
	})
}

// TestEveryCommandHasALineInNeeds: a command that nobody decided about is refused to
// everybody, and found here.
func TestEveryCommandHasALineInNeeds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "authorise.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "needs" {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "study" {
					lines[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	all := commandTypes(t)
	if len(all) < 40 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, name := range all {
		if !lines[name] {
			t.Errorf("needs has no line for %s", name)
		}
	}
	if _, ok := needs(unheard{}); ok {
		t.Error("an unheard command has a capability")
	}
	h := build(t, nil)
	if _, err := h.Do(ctx, admin, "demo", unheard{}, ""); code(err) != "unknown-command" {
		t.Errorf("an unheard command: %v", err)
	}
}

type unheard struct{ study.CloseRecruitment }

// noRefusal lists methods that take an actor and refuse nobody, with the reason.
var noRefusal = map[string]string{
	"Studies":    "answers those that the actor has a grant in; none to a stranger",
	"Env":        "answers what study's functions need; nothing of the study to a stranger",
	"VisitRef":   "names what the caller names; tells nothing that was not given",
	"VisitOf":    "reads what the caller was given",
	"IssueToken": "the actor is whom the token is for; the console alone calls it",

	"FinishSignature": "works on a ticket of BeginSignature, which a stranger does not get, and ends in Do",
}

// TestEveryUseCaseRefusesStrangers: whatever takes an actor refuses one who has no
// role here, one of another study, and one of another site. A method that is added
// is called too, or fails for want of an argument.
func TestEveryUseCaseRefusesStrangers(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	strangers := map[string]access.Actor{
		"nobody":          {ID: "nobody", Name: "Nobody"},
		"only signed in":  {ID: "signed", Name: "Signed in", Grants: []access.Grant{{Role: "coordinator", Study: "other"}}},
		"another study":   {ID: "other", Name: "Other", Role: "administrator", Study: "other"},
		"another's phys.": {ID: "phys", Name: "Phys", Role: "physician", Study: "other"},
		"unknown role":    {ID: "x", Name: "X", Role: "emperor", Study: "demo"},
	}
	elsewhere := access.Actor{ID: "there", Name: "There", Role: "physician", Study: "demo", Sites: []string{"S02"}}
	actorType, errorType := reflect.TypeFor[access.Actor](), reflect.TypeFor[error]()
	app := reflect.ValueOf(h.App)
	called := 0
	for i := range app.NumMethod() {
		m := app.Type().Method(i)
		takes := false
		for j := range m.Type.NumIn() {
			takes = takes || m.Type.In(j) == actorType
		}
		if !takes {
			continue
		}
		called++
		call := func(actor access.Actor) (refused bool, err error) {
			out := app.Method(i).Call(arguments(t, m, actor, id))
			for _, v := range out {
				if v.Type() == errorType && !v.IsNil() {
					err, _ = v.Interface().(error)
				}
				if seq, ok := v.Interface().(iter.Seq2[*study.State, error]); ok {
					for _, e := range seq {
						err = e
					}
				}
			}
			c := code(err)
			return c == "role-may-not" || strings.HasPrefix(c, "no-such-"), err
		}
		if _, free := noRefusal[m.Name]; free {
			continue
		}
		for name, actor := range strangers {
			if refused, err := call(actor); !refused {
				t.Errorf("%s to %s: %v", m.Name, name, err)
			}
		}
		// Of those that name a participant, none reaches one at another site.
		if namesParticipant(m) {
			if refused, err := call(elsewhere); !refused {
				t.Errorf("%s to a physician of another site: %v", m.Name, err)
			}
		}
	}
	if called < 30 {
		t.Errorf("only %d use cases were called", called)
	}
	if got := h.Studies(ctx, strangers["nobody"]); len(got) != 0 {
		t.Errorf("a stranger sees %v", got)
	}
	if env := h.Env(ctx, strangers["another study"], "demo", nil); env.Study != nil {
		t.Error("a stranger gets the study's state")
	}
}

// arguments makes arguments for a method, by type: the study, then the participant,
// then harmless texts.
func arguments(t *testing.T, m reflect.Method, actor access.Actor, participant string) []reflect.Value {
	t.Helper()
	var out []reflect.Value
	texts := 0
	if accounts[m.Name] {
		texts = 2
	}
	for j := 1; j < m.Type.NumIn(); j++ {
		in := m.Type.In(j)
		var v any
		switch in {
		case reflect.TypeFor[context.Context]():
			v = ctx
		case reflect.TypeFor[access.Actor]():
			v = actor
		case reflect.TypeFor[study.Command]():
			v = study.Command(study.RaiseDeviation{On: on(participant), Text: "x"})
		case reflect.TypeFor[time.Time](), reflect.TypeFor[int](), reflect.TypeFor[time.Duration](), reflect.TypeFor[[]byte](), reflect.TypeFor[*study.State](),
			reflect.TypeFor[ListQuery](), reflect.TypeFor[TaskQuery](), reflect.TypeFor[TrailQuery](), reflect.TypeFor[identity.Session](), reflect.TypeFor[identity.Source](),
			reflect.TypeFor[study.FormKey](), reflect.TypeFor[bool](), reflect.TypeFor[ConcernIn](), reflect.TypeFor[study.NoticesWished]():
			v = reflect.Zero(in).Interface()
		case reflect.TypeFor[study.ReferralCommand]():
			v = study.ReferralCommand(study.CloseReferral{Reason: "died"})
		case reflect.TypeFor[ReferralIn](), reflect.TypeFor[[]string]():
			v = reflect.Zero(in).Interface()
		case reflect.TypeFor[io.Writer]():
			v = io.Writer(io.Discard)
		case reflect.TypeFor[access.Capability]():
			v = access.SeeJourney
		case reflect.TypeFor[AuditQuery]():
			v = AuditQuery{Study: "demo", Participant: participant}
		case reflect.TypeFor[identity.Invitation]():
			v = identity.Invitation{ID: "new", Name: "New", Kind: identity.Staff}
		case reflect.TypeFor[[]IdentityField]():
			v = []IdentityField{FieldName}
		case reflect.TypeFor[map[IdentityField]string]():
			v = map[IdentityField]string{FieldName: "Test"}
		case reflect.TypeFor[string]():
			v = "x"
			switch texts++; texts {
			case 1:
				v = "demo"
			case 2:
				v = participant
			}
			if texts == 3 && strings.Contains(m.Name, "Signature") {
				v = "casebook"
			}
		default:
			t.Fatalf("%s takes a %s: give this test one, so that it can be refused", m.Name, in)
		}
		out = append(out, reflect.ValueOf(v).Convert(in))
		if in.Kind() == reflect.Pointer {
			out[len(out)-1] = reflect.Zero(in)
		}
	}
	return out
}

// accounts are the use cases whose texts name no study.
var accounts = map[string]bool{"DisableAccount": true, "EnableAccount": true, "GiveRole": true, "TakeRole": true, "Accounts": true, "Invite": true}

// namesParticipant says that the second text that arguments gives is a participant.
func namesParticipant(m reflect.Method) bool {
	switch m.Name {
	case "Do", "Participant", "ParticipantAsOf", "Trail", "Seen", "ParticipantLink", "RevealArm", "Unblindings", "IdentityOf", "OpenIdentity", "KeepIdentity", "Looks", "Audit", "Signatures", "BeginSignature", "NoticeWishesOf", "WishNoticesFor", "SendParticipantLink", "Diary", "Messages":
		return true
	}
	return false
}

// TestRefusalsAreRecorded: what somebody may not do, and what is out of their scope,
// stands in the house's log, without a value; what does not exist does not.
func TestRefusalsAreRecorded(t *testing.T) {
	h := buildHouse(t)
	id := h.refer(1, true)
	monitor := as("monitor")
	for _, try := range []func() error{
		func() error {
			_, err := h.Do(ctx, monitor, "demo", study.Withdraw{On: on(id), Reason: "secret words"}, "")
			return err
		},
		func() error { _, err := h.Participant(ctx, monitor, "demo", "S02-001"); return err },
		func() error {
			_, err := h.Sites(ctx, access.Actor{ID: "monitor-1", Role: "monitor", Study: "other"}, "demo")
			return err
		},
		func() error { _, _, err := h.Accounts(ctx, monitor, "", 0, 10); return err },
	} {
		if err := try(); err == nil {
			t.Fatal("not refused")
		}
	}
	if _, err := h.Participant(ctx, monitor, "demo", "S01-999"); code(err) != "no-such-participant" {
		t.Fatal(err)
	}
	if err := h.people.Close(ctx); err != nil { // writes what it holds
		t.Fatal(err)
	}
	var all []string
	for e, err := range h.store.Events(ctx, ledger.Read{Study: identity.Log, After: -1, TypePrefix: "access.refused"}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(e.Payload))
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"leave-or-own", "no-such-participant", "no-such-study", "accounts"} {
		if !strings.Contains(text, want) {
			t.Errorf("no refusal of %s in %s", want, text)
		}
	}
	if strings.Contains(text, "secret words") || strings.Contains(text, "S02-001") {
		t.Errorf("a value stands in the log: %s", text)
	}
}
