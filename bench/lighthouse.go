package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// lighthousePackage is fetched when it is not in the reader's cache folder yet.
const lighthousePackage = "lighthouse@12.8.2"

// lighthouse lets Lighthouse judge the public and the participants' pages. It needs
// node and npm, and says so when they or the package cannot be had.
func lighthouse(ctx context.Context, b *board, dir string) (err error) {
	program, err := lighthouseProgram(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: LIGHTHOUSE DID NOT RUN:", err)
		return nil
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: LIGHTHOUSE DID NOT RUN: Chromium is missing")
		return nil
	}
	s, err := openPageSite(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, err := s.measuredPages(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.group != "public" && m.group != "participant" {
			continue
		}
		r, err := judge(ctx, program, chromium, dir, s.base, m)
		for range 2 { // now and then it loses its browser; it says so, and asks to be run again
			if err != nil {
				r, err = judge(ctx, program, chromium, dir, s.base, m)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
		for _, c := range []struct {
			key string
			bar int
		}{{"accessibility", 100}, {"best-practices", 100}, {"performance", 95}} {
			score := r.Categories[c.key].Score * 100
			note := fmt.Sprintf("bar %d", c.bar)
			if score < float64(c.bar) {
				note += "; " + r.faults(c.key)
			}
			b.add("lighthouse_"+c.key+" "+m.group+" "+m.path, score, "points", note)
		}
		b.add("lighthouse_paint "+m.group+" "+m.path, r.Audits["first-contentful-paint"].Numeric/1000, "s", "first contentful paint with the making of the connection, simulated")
	}
	return nil
}

// lighthouseProgram answers where the program is, after fetching it into the cache
// folder of whoever runs this.
func lighthouseProgram(ctx context.Context) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "varde-bench", lighthousePackage)
	program := filepath.Join(dir, "node_modules", ".bin", "lighthouse")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", lighthousePackage)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s: %w: %s", lighthousePackage, err, bytes.TrimSpace(out))
	}
	return program, nil
}

// verdict is what is read of a report.
type verdict struct {
	Categories map[string]struct {
		Score     float64 `json:"score"`
		AuditRefs []struct {
			ID     string  `json:"id"`
			Weight float64 `json:"weight"`
		} `json:"auditRefs"`
	} `json:"categories"`
	Audits map[string]struct {
		Score   *float64 `json:"score"`
		Title   string   `json:"title"`
		Numeric float64  `json:"numericValue"`
		Details struct {
			Items json.RawMessage `json:"items"` // a list, or one thing
		} `json:"details"`
	} `json:"audits"`
	RuntimeError *struct {
		Message string `json:"message"`
	} `json:"runtimeError"`
}

// faults names what costs points, the worst first.
func (v verdict) faults(category string) string {
	type cost struct {
		text string
		lost float64
	}
	var all []cost
	for _, ref := range v.Categories[category].AuditRefs {
		a := v.Audits[ref.ID]
		if a.Score == nil || *a.Score >= 1 || ref.Weight == 0 {
			continue
		}
		text := ref.ID
		if items := string(a.Details.Items); items != "" {
			text += " " + items[:min(len(items), 300)]
		}
		all = append(all, cost{text, ref.Weight * (1 - *a.Score)})
	}
	slices.SortFunc(all, func(x, y cost) int { return cmp.Compare(y.lost, x.lost) })
	var out []string
	for _, c := range all {
		out = append(out, c.text)
	}
	return strings.Join(out, "; ")
}

func judge(ctx context.Context, program, chromium, dir, base string, m measured) (verdict, error) {
	var v verdict
	report := filepath.Join(dir, "report.json")
	args := []string{base + m.path, "--quiet", "--output=json", "--output-path=" + report, "--only-categories=accessibility,best-practices,performance",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu"}
	if m.token != "" {
		headers, err := json.Marshal(map[string]string{"Cookie": sessionCookie + "=" + m.token})
		if err != nil {
			return v, err
		}
		file := filepath.Join(dir, "headers.json")
		if err := os.WriteFile(file, headers, 0o600); err != nil {
			return v, err
		}
		args = append(args, "--extra-headers="+file)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	if out, err := cmd.CombinedOutput(); err != nil {
		return v, fmt.Errorf("%w: %s", err, out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, err
	}
	if v.RuntimeError != nil && v.RuntimeError.Message != "" {
		return v, errors.New(v.RuntimeError.Message)
	}
	return v, nil
}
