package study

import (
	"sync"
	"time"
	_ "time/tzdata" // a single binary must know the zones of its sites everywhere
)

var zones sync.Map // name -> *time.Location; loading a zone parses its whole history

func loadZone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, z)
	return z, nil
}
