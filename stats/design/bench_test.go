package design

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// longCSV is a generated trial in long form: subjects x visits rows.
func longCSV(subjects, visits int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("id,site,arm,visit,base,chg\n")
	for s := range subjects {
		base := 20 + 60*r.Float64()
		for v := range visits {
			fmt.Fprintf(&b, "P%05d,S%02d,%s,V%02d,%.2f,%.3f\n", s, s%10, []string{"PBO", "ACT"}[s/10%2], v, base, 10*r.NormFloat64())
		}
	}
	return b.Bytes()
}

func BenchmarkReadCSV10000x12(b *testing.B) {
	data := longCSV(10_000, 12)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCSV(bytes.NewReader(data), CSVOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkModel(b *testing.B, subjects, visits int) {
	table, err := ReadCSV(bytes.NewReader(longCSV(subjects, visits)), CSVOptions{})
	if err != nil {
		b.Fatal(err)
	}
	f, err := Parse("chg ~ base + site + arm * visit + us(visit | id)")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Model(table, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkModel104x3(b *testing.B)    { benchmarkModel(b, 104, 3) }
func BenchmarkModel10000x12(b *testing.B) { benchmarkModel(b, 10_000, 12) }
