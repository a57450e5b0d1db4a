//go:build linux

// Package benchmark compares the function with other Lambda functions: one that does nothing, one written like most
// examples, and one in Python. README.md describes it.
package benchmark

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"testing"
)

var rounds = flag.Int("rounds", 25, "number of starts of every program")

// warmClicks is the number of clicks after the first one in each round.
const warmClicks = 100

// BenchmarkFunction prints a table. The programs take turns, so that a busy moment of the machine affects all of them.
func BenchmarkFunction(b *testing.B) {
	programs := buildAll(b)
	endpoints := startAWS(b)
	event, err := os.ReadFile("../adapter/testdata/click.json")
	if err != nil {
		b.Fatal(err)
	}
	all := map[endpoint]results{}
	for _, e := range endpoints {
		all[e] = results{}
		for _, p := range programs {
			p.collections[e] = countCollections(b, p, e, event)
		}
	}
	for range *rounds {
		for _, e := range endpoints {
			for _, p := range programs {
				all[e][p] = append(all[e][p], measure(b, p, e, event))
			}
		}
	}
	b.ReportMetric(0, "ns/op") // the time of the benchmark itself means nothing
	fmt.Printf("\n%s\nallocations of a warm click: %s\n\n", table(programs, endpoints, all), allocations(b))
}

// sample contains the measurements of one start of a program.
type sample struct {
	next  cost    // from the start until the program asks for its first event
	first cost    // from the start until the answer to the first click
	warm  cost    // of each later click, on average
	peak  float64 // resident memory in bytes
}

// measure starts a program once.
func measure(b *testing.B, p *program, e endpoint, event []byte) sample {
	process := start(b, p, e)
	defer process.Stop()
	var s sample
	s.next = process.ready()
	s.first = process.click(event)
	last := s.first
	for range warmClicks {
		last = process.click(event)
	}
	s.warm = last.since(s.first).over(warmClicks)
	s.peak = process.peakMemory()
	return s
}

var collection = regexp.MustCompile(`(?m)^gc \d`)

// countCollections counts the garbage collections of Go before the first answer.
func countCollections(b *testing.B, p *program, e endpoint, event []byte) float64 {
	if math.IsNaN(p.size) { // a script
		return math.NaN()
	}
	process := start(b, p, e, "GODEBUG=gctrace=1")
	process.ready()
	process.click(event)
	return float64(len(collection.FindAllString(process.Stop(), -1)))
}
