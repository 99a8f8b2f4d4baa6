package trial

import (
	"math"
	"math/rand/v2"
	"slices"

	"varde/stats/distribution"
)

// part of a trial that has its own stream of random numbers.
type part uint64

const (
	coming part = iota
	listing
	scoring
	leaving
	happening
	guessing
	harming
	following
	visiting
	parts
)

// stream is a source of random numbers that can be set anew without allocating.
type stream struct {
	pcg *rand.PCG
	*rand.Rand
}

func newStream() stream {
	p := rand.NewPCG(0, 0)
	return stream{p, rand.New(p)}
}

// begin sets the stream to that of a part of a trial.
func (s stream) begin(seed, salt uint64, p part, trial int) {
	s.pcg.Seed(mix(mix(seed)^mix(salt+1)^uint64(p)), mix(mix(uint64(trial)+0x9e3779b97f4a7c15)+uint64(p)<<56))
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// sampler answers the value of a standard normal score in a distribution on a grid.
type sampler struct {
	values []float64
	cuts   []float64 // the score up to which a value reaches; the last is +Inf
	guide  []uint16  // by cell of the score: the first value that may be it
	mean   float64
	sd     float64
}

const (
	guideReach = 5.0
	guideCells = 512
)

func newSampler(values, cdf []float64) sampler {
	s := sampler{values: slices.Clone(values), cuts: make([]float64, len(values)), guide: make([]uint16, guideCells+1)}
	before := 0.0
	square := 0.0
	for i, p := range cdf {
		s.cuts[i] = distribution.NormalQuantile(min(max(p, 0), 1))
		s.mean += (p - before) * values[i]
		square += (p - before) * values[i] * values[i]
		before = p
	}
	s.cuts[len(s.cuts)-1] = math.Inf(1)
	s.sd = math.Sqrt(max(square-s.mean*s.mean, 0))
	for c := range s.guide {
		low := -guideReach + 2*guideReach*float64(c)/guideCells
		if c == 0 {
			continue // everything below as well
		}
		at, _ := slices.BinarySearch(s.cuts, low)
		s.guide[c] = uint16(min(at, len(s.values)-1))
	}
	return s
}

// index answers the place of the value.
func (s *sampler) index(z float64) int {
	c := int((z + guideReach) * (guideCells / (2 * guideReach)))
	i := int(s.guide[min(max(c, 0), guideCells)])
	for s.cuts[i] < z {
		i++
	}
	return i
}

func (s *sampler) at(z float64) float64 { return s.values[s.index(z)] }

// Mixed answers the seed of one trial of a seed, for whoever draws it another way.
func Mixed(seed uint64, trial int) uint64 { return mix(mix(seed) + uint64(trial)) }
