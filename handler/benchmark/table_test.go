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

// row is a row of the table. A figure is NaN if a program has none.
type row struct {
	name         string
	figure, wall func(*program) float64 // wall is nil unless the figure is a time
}

// table returns the medians as Markdown. Further columns divide the function's figures by those of the other programs.
func table(programs []*program, endpoints []endpoint, all map[endpoint]results) string {
	var rows []row
	for _, e := range endpoints {
		rows = append(rows, endpointRows(e, all[e])...)
	}
	rows = append(rows,
		row{name: "binary, MB", figure: func(p *program) float64 { return p.size / 1e6 }},
		row{name: "zip, MB", figure: func(p *program) float64 { return p.zip / 1e6 }})
	var t strings.Builder
	writeHeading(&t, programs)
	for _, r := range rows {
		r.write(&t, programs)
	}
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

func endpointRows(e endpoint, all results) []row {
	timeRow := func(name string, part func(sample) cost) row {
		return row{
			name:   e.name + ", " + name,
			figure: func(p *program) float64 { return median(all[p], func(s sample) float64 { return ms(part(s).cpu) }) },
			wall:   func(p *program) float64 { return median(all[p], func(s sample) float64 { return ms(part(s).wall) }) },
		}
	}
	rows := []row{
		timeRow("exec → next", func(s sample) cost { return s.next }),
		timeRow("exec → first response", func(s sample) cost { return s.first }),
		timeRow("first click alone", func(s sample) cost { return s.first.since(s.next) }),
	}
	if e.startOnly {
		return rows
	}
	return append(rows,
		timeRow("warm click", func(s sample) cost { return s.warm }),
		row{name: e.name + ", peak memory, MB", figure: func(p *program) float64 {
			return median(all[p], func(s sample) float64 { return s.peak / 1e6 })
		}},
		row{name: e.name + ", GC cycles before the first response", figure: func(p *program) float64 { return p.collections[e] }},
	)
}

func (r row) write(t *strings.Builder, programs []*program) {
	t.WriteString("| " + r.name)
	for _, p := range programs {
		switch figure := r.figure(p); {
		case math.IsNaN(figure):
			t.WriteString(" | –")
		case r.wall != nil:
			fmt.Fprintf(t, " | %.2f (%.2f)", figure, r.wall(p))
		default:
			fmt.Fprintf(t, " | %.4g", figure)
		}
	}
	own := programs[slices.IndexFunc(programs, func(p *program) bool { return p.name == functionName })]
	for _, p := range programs {
		switch figure := r.figure(p); {
		case p == own:
		case math.IsNaN(figure) || figure == 0:
			t.WriteString(" | –")
		default:
			fmt.Fprintf(t, " | %.3g", r.figure(own)/figure)
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
	return middle(values)
}

// middle returns the median of values.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
