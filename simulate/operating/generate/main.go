// Command generate computes the operating characteristics of the shipped protocols and
// writes them beside package operating. It takes some minutes.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"varde/protocols"
	"varde/simulate/operating"
)

func main() {
	dir := flag.String("dir", "shipped", "folder to write into")
	flag.Parse()
	if err := generate(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(dir string) error {
	for _, id := range protocols.Names() {
		def, err := protocols.Load(id)
		if err != nil {
			return err
		}
		if def.Simulation == nil {
			continue
		}
		s, err := operating.Compute(context.Background(), def, operating.Options{})
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, id+".json"), append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}
