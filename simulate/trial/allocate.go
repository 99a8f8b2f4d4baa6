package trial

// allocate gives everybody the next place in the list of their stratum: permuted blocks,
// their sizes drawn at random, as package study makes them.
func (w *Worker) allocate(n int) {
	d := w.d
	rng := w.stream[listing]
	for s := range w.blockLeft {
		w.blockLeft[s] = 0
	}
	width := w.widest
	for i := range n {
		s := w.stratumOf(i)
		block := w.block[s*width : (s+1)*width]
		if w.blockLeft[s] == 0 {
			size := d.blocks[rng.IntN(len(d.blocks))]
			for j := range size {
				block[j] = d.block[j%len(d.block)]
			}
			for j := size - 1; j > 0; j-- {
				k := rng.IntN(j + 1)
				block[j], block[k] = block[k], block[j]
			}
			w.blockLeft[s] = size
		}
		w.blockLeft[s]--
		w.arm[i] = block[w.blockLeft[s]]
	}
}

func (w *Worker) stratumOf(i int) int {
	s := 0
	for _, x := range w.d.strata {
		if x.site {
			s = s*len(w.d.sites) + int(w.site[i])
			continue
		}
		f := &w.d.people.factors[x.factor]
		s = s*(len(f.levels)+1) + int(f.level[w.place(f, i)]) + 1
	}
	return s
}
