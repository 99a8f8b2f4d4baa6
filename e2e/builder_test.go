package e2e

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varde/protocols"
	"varde/protocols/scaffold"
	"varde/web/builder"
)

// authored is a protocol folder as an author has it, and the pages that show it.
func authored(t *testing.T) (dir, base string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "calm")
	plan := scaffold.Plan{ID: "calm", TitleEN: "A study of two sessions", TitleNB: "En studie av to økter", Arms: 2, Sessions: 2}
	if _, err := plan.Write(dir); err != nil {
		t.Fatal(err)
	}
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := builder.New(builder.Config{Folder: os.DirFS(dir), Name: "calm", Library: lib, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	return dir, server.URL
}

// rewrite changes one text of a file, as an editor does when it saves.
func rewrite(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), from) != 1 {
		t.Fatalf("%s holds %q %d times", file, from, strings.Count(string(text), from))
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An author sees the protocol, spoils it, is told beside the line without touching
// the browser, mends it, and sees it again.
func TestBuilderFollowsTheAuthor(t *testing.T) {
	chromium(t)
	dir, base := authored(t)
	b := newBrowser(t, base)
	b.open("/")
	b.sees("A study of two sessions")
	b.sees("The check is passed")
	if !b.has(`svg[id^="timeline"]`) {
		t.Error("there is no timeline")
	}
	b.open("/source/schedule.yaml")
	if b.has(".vb-finding--severe") {
		t.Error("an error is shown of a sound protocol")
	}
	// Without a touch: the page follows the file.
	schedule := filepath.Join(dir, "schedule.yaml")
	rewrite(t, schedule, "    anchor: BASE\n", "    anchor: BASSE\n")
	b.settles(`document.querySelector(".vb-finding--severe") !== null`)
	if got := b.eval(`(() => { const f = document.querySelector(".vb-finding--severe"); return f.closest("li").querySelector("code").innerText.trim() + " | " + f.innerText; })()`); !strings.HasPrefix(got, "anchor: BASSE | ") || !strings.Contains(got, "V011") || !strings.Contains(got, "BASE") {
		t.Errorf("beside the line stands %q", got)
	}
	b.sees("The protocol has errors now")
	b.shot("builder-error")
	b.accessible("builder: source with an error")
	b.open("/")
	b.sees("One error")
	b.sees("A study of two sessions") // the last version without errors
	b.open("/findings")
	b.accessible("builder: findings with an error")
	rewrite(t, schedule, "    anchor: BASSE\n", "    anchor: BASE\n")
	b.settles(`!document.body.innerText.includes("The protocol has errors now")`)
}

// Every page, in both languages, wide and on a phone, light and dark.
func TestBuilderIsAccessible(t *testing.T) {
	chromium(t)
	_, base := authored(t)
	b := newBrowser(t, base)
	pages := map[string]string{"overview": "/", "schedule": "/schedule", "forms": "/forms", "form": "/forms/phq9", "scale": "/forms/guess", "findings": "/findings", "source": "/source/protocol.yaml"}
	b.setCookie("varde-theme", "light")
	for _, lang := range []string{"en", "nb"} {
		b.open("/")
		b.language(lang)
		for name, path := range pages {
			b.size(1280, 900)
			b.open(path)
			b.accessible("builder " + name + " in " + lang)
			b.shot("builder-" + name + "-" + lang)
			b.size(390, 844)
			b.open(path)
			b.looksRight(lang)
			b.accessible("builder " + name + " in " + lang + " on a phone")
			b.shot("builder-" + name + "-" + lang + "-phone")
		}
	}
}

// All of it is there without script; only the following of the files is not.
func TestBuilderWithoutScript(t *testing.T) {
	chromium(t)
	dir, base := authored(t)
	b := newBrowser(t, base)
	b.script(false)
	b.open("/schedule")
	b.sees("CAPS-5")
	rewrite(t, filepath.Join(dir, "protocol.yaml"), "version: 0.1.0", "version: 0.2.0")
	rewrite(t, filepath.Join(dir, "schedule.yaml"), "    anchor: BASE\n", "    anchor: BASSE\n")
	b.open("/findings")
	b.sees("BASSE")
	b.click(`.vb-finding--severe a[href^="/source/schedule.yaml#L"]`)
	b.sees("anchor: BASSE")
}
