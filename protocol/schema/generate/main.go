// Command generate writes docs/schema/*.json, docs/checks.md and docs/checks/*.md from
// the types and the table of codes. Run it with: go generate ./protocol/...
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"varde/protocol"
	"varde/protocol/explain"
	"varde/protocol/schema"
)

func main() {
	root := flag.String("root", ".", "folder of the module")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string) error {
	docs, err := schema.ReadDocs(filepath.Join(root, "protocol"), filepath.Join(root, "instrument"))
	if err != nil {
		return err
	}
	ofProtocol, err := schema.Protocol(docs)
	if err != nil {
		return err
	}
	ofInstrument, err := schema.Instrument(docs)
	if err != nil {
		return err
	}
	files, err := explain.Pages(root)
	if err != nil {
		return err
	}
	files["docs/schema/protocol.schema.json"] = ofProtocol
	files["docs/schema/instrument.schema.json"] = ofInstrument
	files["docs/checks.md"] = []byte(protocol.ChecksDocument())
	for name, data := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
