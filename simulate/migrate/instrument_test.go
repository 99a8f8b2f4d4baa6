package migrate_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

var errWritten = errors.New("reading a record wrote to it")

var made []string

func tempDir() (string, error) {
	dir, err := os.MkdirTemp("", "varde-migrate")
	made = append(made, dir)
	return dir, err
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range made {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// without takes an item out of an instrument of the definition.
func without(d *protocol.Definition, form, item string) {
	in := d.Instruments[form].Instrument
	in.Items = slices.DeleteFunc(slices.Clone(in.Items), func(x instrument.Item) bool { return x.ID == item })
	c, issues := instrument.Compile(in)
	if c == nil {
		panic(issues)
	}
	d.Instruments[form] = c
}
