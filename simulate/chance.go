package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// chance is one stream of random numbers.
type chance struct{ *rand.Rand }

// stream answers the stream of a seed that belongs to a name and number: streams
// of different names or numbers are independent.
func stream(seed uint64, name string, n int) chance {
	b := binary.BigEndian.AppendUint64(nil, seed)
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	h := sha256.Sum256(append(b, name...))
	return chance{rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))}
}

// yes is true with the probability given.
func (c chance) yes(p float64) bool { return p > 0 && c.Float64() < p }

// between draws a whole number from low to high, both included.
func (c chance) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + c.IntN(high-low+1)
}

// minutes draws a span of whole minutes, both ends included.
func (c chance) minutes(low, high int) time.Duration {
	return time.Duration(c.between(low, high)) * time.Minute
}

// days draws a span of days and hours.
func (c chance) days(low, high float64) time.Duration {
	d := low + (high-low)*c.Float64()
	return time.Duration(d * float64(24*time.Hour)).Truncate(time.Minute)
}

// one draws an entry of a list.
func one[T any](c chance, list []T) T { return list[c.IntN(len(list))] }

// weighted draws a key by its share; shares need not add up to 1. Keys are tried
// in order, so that a map gives the same draw each time.
func (c chance) weighted(shares map[string]float64) string {
	keys := make([]string, 0, len(shares))
	sum := 0.0
	for k, s := range shares {
		keys = append(keys, k)
		sum += s
	}
	sort.Strings(keys)
	u := c.Float64() * sum
	for _, k := range keys {
		if u -= shares[k]; u < 0 {
			return k
		}
	}
	return keys[len(keys)-1]
}

// bounded draws a standard normal score that is not beyond the limit either way:
// the normal's far tails are not those of people whom a physician found fit.
func (c chance) bounded(limit float64) float64 {
	for {
		if z := c.NormFloat64(); math.Abs(z) <= limit {
			return z
		}
	}
}

// exponential draws a waiting time with the mean given.
func (c chance) exponential(mean time.Duration) time.Duration {
	return time.Duration(c.ExpFloat64() * float64(mean))
}

// normalCDF is the distribution function of the standard normal.
func normalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

func round(x float64, decimals int) float64 {
	f := math.Pow10(decimals)
	return math.Round(x*f) / f
}
