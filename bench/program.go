package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"varde/web/api/testbed"
)

// build makes the program itself, once for all that measure it.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(filepath.Dir(dir), "varde")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "varde/cmd/varde")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// demo measures a whole simulated study of 104 participants.
func demo(ctx context.Context, b *board, dir string) error {
	program, err := build(ctx, dir)
	if err != nil {
		return err
	}
	for i := range b.runs {
		took, peak, err := makeDemo(ctx, program, filepath.Join(dir, fmt.Sprint("demo", i)))
		if err != nil {
			return err
		}
		b.add("demo_104", took.Seconds(), "s", "varde demo --no-serve; bar < 5")
		b.add("demo_104_memory", peak, "MB", "largest resident memory; bar < 250")
	}
	return nil
}

func makeDemo(ctx context.Context, program, data string) (took time.Duration, peakMB float64, err error) {
	cmd := exec.CommandContext(ctx, program, "demo", "--no-serve", "--data", data)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("demo: %w: %s", err, out)
	}
	took = time.Since(began)
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peakMB = float64(u.Maxrss) / 1024
	}
	return took, peakMB, nil
}

// serve measures a server on a database of 104 participants: from the start of the
// process to the end of its first page, and its memory when nobody asks.
func serve(ctx context.Context, b *board, dir string) error {
	program, err := build(ctx, dir)
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if _, _, err := makeDemo(ctx, program, data); err != nil {
		return err
	}
	for range b.runs {
		if err := serveOnce(ctx, b, program, data); err != nil {
			return err
		}
	}
	return nil
}

var printed = regexp.MustCompile(`http://[0-9.:]+`)

func serveOnce(ctx context.Context, b *board, program, data string) (err error) {
	cmd := exec.CommandContext(ctx, program, "serve", "--data", data, "--addr", "127.0.0.1:0", "--log", "quiet")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, cmd.Process.Signal(os.Interrupt), cmd.Wait())
	}()
	lines := bufio.NewReader(out)
	text, err := lines.ReadString('\n')
	if err != nil {
		return fmt.Errorf("serve said nothing: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	address := printed.FindString(text)
	res, err := http.Get(address + "/")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	took := time.Since(began)
	if e := res.Body.Close(); err == nil {
		err = e
	}
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("first page: %s %w", res.Status, err)
	}
	time.Sleep(2 * time.Second)
	mb, err := resident(cmd.Process.Pid)
	if err != nil {
		return err
	}
	b.add("serve_first_page", took.Seconds(), "s", "from the start of the process, 104 participants; bar < 0.3")
	b.add("serve_memory_idle", mb, "MB", "resident, two seconds after the first page; bar < 80")
	return nil
}

// resident answers the resident memory of a process.
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, l := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("the system does not tell a process's memory")
}

// check measures checking the largest shipped protocol.
func check(ctx context.Context, b *board, dir string) error {
	program, err := build(ctx, dir)
	if err != nil {
		return err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return err
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), "protocols", testbed.Protocol)
	for range b.runs {
		began := time.Now()
		if out, err := exec.CommandContext(ctx, program, "check", "-q", folder).CombinedOutput(); err != nil {
			return fmt.Errorf("check: %w: %s", err, out)
		}
		b.add("check_largest_protocol", time.Since(began).Seconds(), "s", testbed.Protocol+", the whole process")
	}
	return nil
}
