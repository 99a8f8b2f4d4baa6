package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

var codeBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// words splits a shell command: quotes, and $NAME outside of single quotes. It is all
// that the handbook's examples use.
func words(line string, env map[string]string) []string {
	var out []string
	var b strings.Builder
	quote, open := byte(0), false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, open = c, true
		case c == quote:
			quote = 0
		case quote != '\'' && c == '\\' && i+1 < len(line) && line[i+1] == '\n':
			i++
		case quote != '\'' && c == '$':
			n := 1
			for i+n < len(line) && line[i+n] >= 'A' && line[i+n] <= 'Z' {
				n++
			}
			b.WriteString(env[line[i+1:i+n]])
			i, open = i+n-1, true
		case quote == 0 && (c == ' ' || c == '\n'):
			if open {
				out = append(out, b.String())
				b.Reset()
			}
			open = false
		default:
			b.WriteByte(c)
			open = true
		}
	}
	if open {
		out = append(out, b.String())
	}
	return out
}

// requestOf makes the request that a curl command would send.
func requestOf(t *testing.T, args []string) *http.Request {
	t.Helper()
	method, url, body := "GET", "", ""
	header := http.Header{}
	for i := 1; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-s":
		case strings.HasPrefix(a, "-") && i+1 < len(args):
			i++
			switch a {
			case "-X":
				method = args[i]
			case "-d":
				body = args[i]
			case "-H":
				name, value, _ := strings.Cut(args[i], ": ")
				header.Set(name, value)
			default:
				t.Fatalf("the example uses %s, which this test does not know", a)
			}
		case url == "":
			url = a
		default:
			t.Fatalf("the example has a word too many: %q", a)
		}
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	return r
}

// Every example of the handbook does what the handbook says, over a real connection.
func TestHandbookExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.ask("coord-1", "PUT", "/participants/S01-002/forms/V0/phq9", `{"version":0,"items":{"phq9_1":1}}`).want(201)
	server := httptest.NewServer(w.API)
	defer server.Close()
	env := map[string]string{"VARDE": server.URL, "STUDY": "trial", "TOKEN": w.tokens["coord-1"]}
	want := []struct {
		status int
		holds  string
	}{
		{200, `"total":5`},
		{200, `"phq9_1":1`},
		{200, `"type":"form.saved"`},
		{201, `"version":1`},
		{200, `"pcl5_03":{"absent":"refused"}`},
		{200, `"person.referred"`},
	}
	blocks := codeBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != len(want) {
		t.Fatalf("%d examples, %d are known here", len(blocks), len(want))
	}
	for i, b := range blocks {
		args := words(b[1], env)
		if args[0] != "curl" {
			t.Fatalf("not curl: %q", args)
		}
		res, err := server.Client().Do(requestOf(t, args))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || res.StatusCode != want[i].status || !strings.Contains(string(body), want[i].holds) {
			t.Errorf("example %d: %d %s (want %d with %s)", i+1, res.StatusCode, body, want[i].status, want[i].holds)
		}
	}
}
