package protocol

import (
	"fmt"
	"slices"
	"strings"
)

func dayCount(n int64) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// apart says how far a visit is from its anchor, at least or at most.
func apart(visit, anchor string, days int64, least bool) string {
	switch {
	case least && days > 0:
		return fmt.Sprintf("%s is at least %s after %s", visit, dayCount(days), anchor)
	case least && days == 0:
		return fmt.Sprintf("%s is not before %s", visit, anchor)
	case least:
		return fmt.Sprintf("%s is at most %s before %s", visit, dayCount(-days), anchor)
	case days > 0:
		return fmt.Sprintf("%s is at most %s after %s", visit, dayCount(days), anchor)
	case days == 0:
		return fmt.Sprintf("%s is not after %s", visit, anchor)
	}
	return fmt.Sprintf("%s is at least %s before %s", visit, dayCount(-days), anchor)
}

func afterWords(anchor string, days int64) string {
	switch {
	case days > 0:
		return fmt.Sprintf("%s after %s", dayCount(days), anchor)
	case days < 0:
		return fmt.Sprintf("%s before %s", dayCount(-days), anchor)
	}
	return "on the day of " + anchor
}

// place makes a place of a path of the protocol.
func (c *checker) place(path, message string) Place {
	_, line, col := c.d.src.root.Locate(path)
	return Place{File: c.d.src.fileOf(path), Line: line, Column: col, Path: path, Message: message}
}

// tell makes a finding that rests on other places as well.
func (c *checker) tell(severity, path, code, message, fix string, related []Place) {
	c.at(severity, path, code, message, fix)
	c.findings[len(c.findings)-1].Related = related
}

// toldAt says that an error was found at a path or below it.
func (c *checker) toldAt(path string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return f.Severity == Error && (f.Path == path || strings.HasPrefix(f.Path, path+".") || strings.HasPrefix(f.Path, path+"["))
	})
}
