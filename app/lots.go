package app

import (
	"encoding/binary"
	"fmt"
	"io"

	"varde/study"
)

// Lots answers the random number with which something is drawn by lot when a command
// is carried out. The same for the same command, it lets a run come out the same
// again; in earnest numbers come from the system's source of randomness.
type Lots func(study.Command) uint64

// chance answers the random number for a command, 0 where nothing is drawn.
func (a *App) chance(cmd study.Command, lots Lots) (uint64, error) {
	switch cmd.(type) {
	case study.PlanVisit, study.DrawRater:
	default:
		return 0, nil
	}
	if lots == nil {
		lots = a.lots
	}
	if lots != nil {
		return lots(cmd), nil
	}
	var b [8]byte
	if _, err := io.ReadFull(a.rand, b[:]); err != nil {
		return 0, fmt.Errorf("app: no randomness for a draw by lot: %w", err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}
