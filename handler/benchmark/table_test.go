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

// row is a row of the table. It has a figure for each program, which is NaN if there is none. The row of a time also has
// the wall times.
type row struct {
	name           string
	figures, walls []float64
}

// table returns the medians as Markdown. Further columns divide the function's figures by those of the other programs.
func table(programs []*program, endpoints []endpoint, all map[endpoint]results) string {
	var t strings.Builder
	writeHeading(&t, programs)
	for _, e := range endpoints {
		for _, r := range endpointRows(programs, e, all[e]) {
			r.write(&t, programs)
		}
	}
	newRow("binary, MB", programs, func(p *program) float64 { return p.size / 1e6 }).write(&t, programs)
	newRow("zip, MB", programs, func(p *program) float64 { return p.zip / 1e6 }).write(&t, programs)
	return t.String()
}

func writeHeading(t *strings.Builder, programs []*program) {
	heading, rule := fmt.Sprintf("| medians of %d rounds; CPU (wall) in ms", *rounds), "| ---"
	for _, p := range programs {
		heading, rule = heading+" | "+p.name, rule+" | ---:"
	}
	for _, p := range programs {
		if p.name != functionName {
			heading, rule = heading+" | ÷ "+p.name, rule+" | ---:"
		}
	}
	fmt.Fprintf(t, "%s |\n%s |\n", heading, rule)
}

func newRow(name string, programs []*program, figure func(*program) float64) row {
	r := row{name: name}
	for _, p := range programs {
		r.figures = append(r.figures, figure(p))
	}
	return r
}

func endpointRows(programs []*program, e endpoint, all results) []row {
	timeRow := func(name string, part func(sample) cost) row {
		cpu := func(p *program) float64 { return median(all[p], func(s sample) float64 { return ms(part(s).cpu) }) }
		wall := func(p *program) float64 { return median(all[p], func(s sample) float64 { return ms(part(s).wall) }) }
		r := newRow(e.name+", "+name, programs, cpu)
		r.walls = newRow("", programs, wall).figures
		return r
	}
	return []row{
		timeRow("exec → next", func(s sample) cost { return s.next }),
		timeRow("exec → first response", func(s sample) cost { return s.first }),
		timeRow("first click alone", func(s sample) cost { return s.first.since(s.next) }),
		timeRow("warm click", func(s sample) cost { return s.warm }),
		newRow(e.name+", peak memory, MB", programs, func(p *program) float64 {
			return median(all[p], func(s sample) float64 { return s.peak / 1e6 })
		}),
		newRow(e.name+", GC cycles before the first response", programs, func(p *program) float64 {
			return p.collections[e]
		}),
	}
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

// median returns the median of a figure of the samples.
func median(samples []sample, figure func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
