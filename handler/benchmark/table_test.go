//go:build linux

package benchmark

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// results are the samples of one endpoint by program.
type results map[*program][]sample

// row is a line of the table: a figure of each program, NaN where there is none, and where it is a time, the wall
// time too.
type row struct {
	name           string
	figures, walls []float64
}

// table writes the medians as Markdown, and by what the function's figure is divided to compare it.
func table(programs []*program, endpoints []endpoint, all map[endpoint]results) string {
	var t strings.Builder
	heading, rule := fmt.Sprintf("| medians of %d rounds; CPU (wall) in ms", *rounds), "| ---"
	for _, p := range programs {
		heading, rule = heading+" | "+p.name, rule+" | ---:"
	}
	for _, p := range programs {
		if p.name != functionName {
			heading, rule = heading+" | ÷ "+p.name, rule+" | ---:"
		}
	}
	fmt.Fprintf(&t, "%s |\n%s |\n", heading, rule)
	for _, e := range endpoints {
		for _, r := range endpointRows(programs, e, all[e]) {
			r.write(&t, programs)
		}
	}
	megabytes := func(name string, bytes func(*program) float64) row {
		return newRow(name, programs, func(p *program) float64 { return bytes(p) / 1e6 })
	}
	megabytes("binary, MB", func(p *program) float64 { return p.size }).write(&t, programs)
	megabytes("zip, MB", func(p *program) float64 { return p.zip }).write(&t, programs)
	return t.String()
}

func newRow(name string, programs []*program, figure func(*program) float64) row {
	r := row{name: name}
	for _, p := range programs {
		r.figures = append(r.figures, figure(p))
	}
	return r
}

func endpointRows(programs []*program, e endpoint, all results) []row {
	var rows []row
	for _, part := range []struct {
		name string
		cost func(sample) cost
	}{
		{"exec → next", func(s sample) cost { return s.next }},
		{"exec → first response", func(s sample) cost { return s.first }},
		{"first click alone", func(s sample) cost { return s.first.since(s.next) }},
		{"warm click", func(s sample) cost { return s.warm }},
	} {
		r := row{name: e.name + ", " + part.name}
		for _, p := range programs {
			r.figures = append(r.figures, median(all[p], func(s sample) float64 { return ms(part.cost(s).cpu) }))
			r.walls = append(r.walls, median(all[p], func(s sample) float64 { return ms(part.cost(s).wall) }))
		}
		rows = append(rows, r)
	}
	return append(rows,
		newRow(e.name+", peak memory, MB", programs, func(p *program) float64 {
			return median(all[p], func(s sample) float64 { return s.peak / 1e6 })
		}),
		newRow(e.name+", GC cycles before the first response", programs, func(p *program) float64 {
			return p.collections[e]
		}))
}

func (r row) write(t *strings.Builder, programs []*program) {
	t.WriteString("| " + r.name)
	for i, figure := range r.figures {
		switch {
		case math.IsNaN(figure):
			t.WriteString(" | –")
		case r.walls != nil:
			fmt.Fprintf(t, " | %.2f (%.2f)", figure, r.walls[i])
		default:
			fmt.Fprintf(t, " | %.4g", figure)
		}
	}
	own := slices.IndexFunc(programs, func(p *program) bool { return p.name == functionName })
	for i, figure := range r.figures {
		switch {
		case i == own:
		case math.IsNaN(figure) || figure == 0:
			t.WriteString(" | –")
		default:
			fmt.Fprintf(t, " | %.3g", r.figures[own]/figure)
		}
	}
	t.WriteString(" |\n")
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
