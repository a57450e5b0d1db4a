//go:build linux

// Package benchmark measures the function as Lambda runs it, beside a Lambda function that does nothing, one written in
// the way of most examples, and one in Python:
//
//	go test -run '^$' -bench . ./handler/benchmark
//
// Every program is started again and again with a Runtime API and an AWS of the benchmark's own, in turns, so that all
// of them meet the same weather. What counts is processor time, since Lambda gives it by memory; of every figure the
// median is told. -rounds N sets how often.
package benchmark

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"testing"
)

var rounds = flag.Int("rounds", 25, "how often every program is started")

// warmClicks are the clicks after the first one, in each round.
const warmClicks = 100

// BenchmarkFunction prints one table. Its own time says nothing.
func BenchmarkFunction(b *testing.B) {
	programs := buildAll(b)
	endpoints := startAWS(b)
	event, err := os.ReadFile("../function/testdata/click.json")
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
	b.ReportMetric(0, "ns/op")
	fmt.Printf("\n%s\nallocations of a warm click: %s\n\n", table(programs, endpoints, all), allocations(b))
}

// measure is one round of one program.
func measure(b *testing.B, p *program, e endpoint, event []byte) sample {
	i := start(b, p, e)
	defer i.stop()
	var s sample
	s.next = i.ready()
	s.first = i.invoke(event)
	last := s.first
	for range warmClicks {
		last = i.invoke(event)
	}
	s.warm = last.since(s.first).over(warmClicks)
	s.peak = i.peakMemory()
	return s
}

var collection = regexp.MustCompile(`(?m)^gc \d`)

// countCollections counts Go's garbage collections from the start to the first answer.
func countCollections(b *testing.B, p *program, e endpoint, event []byte) float64 {
	if math.IsNaN(p.size) { // a script
		return math.NaN()
	}
	i := start(b, p, e, "GODEBUG=gctrace=1")
	i.ready()
	i.invoke(event)
	return float64(len(collection.FindAll(i.stop(), -1)))
}
