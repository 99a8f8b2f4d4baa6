package mmrm

// chain turns derivatives by the elements of the covariances into those by the
// parameters of the current shape. With whole, curve receives the second
// derivatives of the elements as well.
func (f *Fit) chain(average, whole bool) {
	if f.spatial || f.elementwise {
		return
	}
	c, d, k, cells := &f.byCell, &f.byTheta, f.shape.size(), f.cells()
	clear(d.grad)
	clear(d.curve)
	clear(d.cross)
	clear(d.design)
	for g := range f.groups {
		j := f.jacobian[g*cells*k:][:cells*k]
		f.shape.jacobian(f.theta[g*k:][:k], j)
		transposeTimes(j, c.grad[g*cells:], d.grad[g*k:], cells, k, 1)
		if !average && !whole {
			continue
		}
		f.chainCurve(j, g)
		transposeTimes(j, c.cross[g*cells*f.r:], d.cross[g*k*f.r:], cells, k, f.r)
		if whole {
			size := f.r * (f.r + 1) / 2
			transposeTimes(j, c.design[g*cells*size:], d.design[g*k*size:], cells, k, size)
			f.bend(g)
		}
	}
}

// transposeTimes adds j' b to out: j is n x k, b n x w, out k x w.
func transposeTimes(j, b, out []float64, n, k, w int) {
	for e := range n {
		row := b[e*w : e*w+w]
		for i, v := range j[e*k : e*k+k] {
			if v == 0 {
				continue
			}
			o := out[i*w : i*w+w]
			for t, x := range row {
				o[t] += v * x
			}
		}
	}
}

// chainCurve writes j' curve j of one group to the lower triangle.
func (f *Fit) chainCurve(j []float64, g int) {
	c, d, k, cells := &f.byCell, &f.byTheta, f.shape.size(), f.cells()
	half := f.work[:cells*k] // curve j
	clear(half)
	for e := range cells {
		for o := range cells {
			a, b := g*cells+max(e, o), g*cells+min(e, o)
			v := c.curve[a*c.n+b]
			if v == 0 {
				continue
			}
			for i, x := range j[o*k : o*k+k] {
				half[e*k+i] += v * x
			}
		}
	}
	for e := range cells {
		for a, v := range j[e*k : e*k+k] {
			if v == 0 {
				continue
			}
			row := d.curve[(g*k+a)*d.n+g*k:]
			for b := 0; b <= a; b++ {
				row[b] += v * half[e*k+b]
			}
		}
	}
}

// bend takes the gradient times the second derivatives from the observed
// information.
func (f *Fit) bend(g int) {
	if f.shape.linear() {
		return
	}
	d, k, cells := &f.byTheta, f.shape.size(), f.cells()
	f.curvatures = f.shape.second(f.theta[g*k:][:k], f.curvatures[:0])
	for _, c := range f.curvatures {
		if c.j <= c.i {
			d.curve[(g*k+c.i)*d.n+g*k+c.j] -= f.byCell.grad[g*cells+c.e] * c.v
		}
	}
}

// current is the derivatives by the parameters in use.
func (f *Fit) current() *derivatives {
	if f.spatial || f.elementwise {
		return &f.byCell
	}
	return &f.byTheta
}

// average writes the average information to info (n x n, lower triangle).
func (f *Fit) average() {
	d := f.current()
	f.project(d)
	for i := range d.n {
		for j := 0; j <= i; j++ {
			f.info[i*d.n+j] = 0.5 * (d.curve[i*d.n+j] - dot(f.projected[i*f.r:][:f.r], f.projected[j*f.r:]))
		}
	}
}

// observed writes the observed information to info (n x n, lower triangle), and
// to b the matrices L^-1 X'V^-1 V_i V^-1 X L'^-1 that the degrees of freedom
// need. X'V^-1X = L L'.
func (f *Fit) observed() {
	d := f.current()
	r := f.r
	f.project(d)
	f.b = grow(f.b, d.n*r*r)
	size := r * (r + 1) / 2
	for i := range d.n {
		f.whiten(d.design[i*size:], f.b[i*r*r:][:r*r])
	}
	for i := range d.n {
		bi := f.b[i*r*r:][:r*r]
		for j := 0; j <= i; j++ {
			v := d.curve[i*d.n+j] - dot(f.projected[i*r:][:r], f.projected[j*r:])
			if !f.o.ML {
				v -= 0.5 * dot(bi, f.b[j*r*r:])
			}
			f.info[i*d.n+j] = v
		}
	}
}

// project writes L^-1 times each row of cross.
func (f *Fit) project(d *derivatives) {
	r := f.r
	for i := range d.n {
		row, out := d.cross[i*r:][:r], f.projected[i*r:][:r]
		for a := range r {
			out[a] = dot(f.profile.linv[a*r:][:a+1], row)
		}
	}
}

// whiten writes L^-1 P L'^-1 of a packed symmetric P, both triangles.
func (f *Fit) whiten(p, out []float64) {
	r := f.r
	full, half := f.square[:r*r], f.square2[:r*r]
	unpack(p, full, r)
	for i := range r { // half = L^-1 P
		h := half[i*r:][:r]
		clear(h)
		for k, v := range f.profile.linv[i*r:][:i+1] {
			for j, w := range full[k*r:][:r] {
				h[j] += v * w
			}
		}
	}
	for i := range r {
		for j := 0; j <= i; j++ {
			v := dot(f.profile.linv[j*r:][:j+1], half[i*r:])
			out[i*r+j], out[j*r+i] = v, v
		}
	}
}
