package letter

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample(lang string) Letter {
	l := Letter{Language: lang, At: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Ref: "R-2F7K9Q", From: "Klinikken i Nord", Reply: "post@example.org", By: "Cora Birch, coordinator", To: "DPS Midt-Tromsø\nSykehusveien 1\n9008 Tromsø",
		Name: "Kari Åse Đorđević-Ångström", Birth: "2 April 1988", Phone: "+4791234567", Email: "kari@example.org", Place: "Tromsø", Safe: "After five. No messages on the phone.", Asked: "1 February 2026", Date: "2 March 2026",
		Reason: "no place here within a reasonable time", Written: true, Note: "Sleeps badly.\nHas tried EMDR."}
	if lang == "nb" {
		l.By, l.Birth, l.Asked, l.Date = "Cora Birch, koordinator", "2. april 1988", "1. februar 2026", "2. mars 2026"
		l.Safe, l.Reason, l.Note, l.Written, l.Soon = "Etter fem. Ingen beskjeder på telefonen.", "ingen plass her innen rimelig tid", "Sover dårlig.\nHar prøvd EMDR.", false, true
	}
	return l
}

func TestText(t *testing.T) {
	for _, lang := range []string{"en", "nb"} {
		l := sample(lang)
		path := filepath.Join("testdata", "letter-"+lang+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(l.Text()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if l.Text() != string(want) {
			t.Errorf("%s: the letter is\n%s", lang, l.Text())
		}
	}
}

// What stands in the text stands on the paper: every word, as the font's characters.
func TestPDFHoldsTheText(t *testing.T) {
	for _, lang := range []string{"en", "nb"} {
		l := sample(lang)
		var b bytes.Buffer
		if err := l.write(&b, false); err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(l.Text()) {
			if !bytes.Contains(b.Bytes(), shown(strings.TrimSuffix(word, ":"))) { // a label stands in bold, without its colon
				t.Errorf("%s: %q is not on the paper", lang, word)
			}
		}
		if bytes.Contains(b.Bytes(), shown("Nowhere")) {
			t.Error("the test finds what is not there")
		}
		for _, want := range []string{"/Lang (" + map[string]string{"en": "en-GB", "nb": "nb-NO"}[lang], "/CreationDate (D:20260302093000"} {
			if !bytes.Contains(b.Bytes(), []byte(want)) {
				t.Errorf("%s: no %s", lang, want)
			}
		}
	}
}

// shown is how a word stands in the page's stream: two bytes a character, escaped.
func shown(word string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(word)) {
		for _, c := range []byte{byte(u >> 8), byte(u)} {
			if strings.IndexByte("\\()\r", c) >= 0 {
				out = append(out, '\\')
			}
			out = append(out, c)
		}
	}
	return out
}

func TestTheSameLetterGivesTheSameBytes(t *testing.T) {
	var first []byte
	for range 4 {
		var b bytes.Buffer
		l := sample("nb")
		if err := l.Write(&b); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(first, b.Bytes()) {
			t.Fatal("the bytes differ")
		}
	}
	if len(first) > 120_000 || !bytes.HasPrefix(first, []byte("%PDF-")) {
		t.Errorf("%d bytes, beginning with %q", len(first), first[:8])
	}
}

func TestLongLettersGoOn(t *testing.T) {
	l := sample("en")
	l.Note = strings.Repeat("A long note that goes on. ", 400)
	var b bytes.Buffer
	if err := l.write(&b, false); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("/Type /Page\n")); n < 2 {
		t.Errorf("%d pages", n)
	}
}

func TestWhatCannotBePrintedIsRefused(t *testing.T) {
	for _, name := range []string{"王", "مريم", "Kari 🙂"} {
		l := sample("en")
		l.Name = name
		var u *Unprintable
		if err := l.Write(&bytes.Buffer{}); !errors.As(err, &u) || len(u.Runes) == 0 {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), name) {
			t.Error("the refusal tells the name")
		}
	}
	for _, name := range []string{"Łukasz Żółć", "Ğülşah İnönü", "Þórdís Ægisdóttir", "Nguyễn", "Áhkká Čáhci Ŧŋđ", "Ελένη", "Иванова", "Ka\u0301ri"} {
		l := sample("en")
		l.Name = name
		if err := l.Write(&bytes.Buffer{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Marks that the fonts lack are left out one by one, and the letter says so.
func TestMarksThatCannotBePrinted(t *testing.T) {
	l := sample("nb")
	l.Name = "Nguyễn Thị Hạnh"
	text := l.Text()
	for _, want := range []string{"Nguyên Thi Hanh", "kan ikke skrives ut"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if l = sample("nb"); strings.Contains(l.Text(), "kan ikke skrives ut") {
		t.Error("the letter excuses itself for nothing")
	}
}

func ExampleLetter_Text() {
	l := Letter{Language: "en", Name: "Kari", From: "Clinic", To: "Centre", Date: "2 March 2026", Ref: "R-2F7K9Q", Asked: "1 March 2026"}
	fmt.Println(strings.Contains(l.Text(), "Kari asked us for help"))
	// Output: true
}
