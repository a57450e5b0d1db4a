//go:build linux

// Package benchmark compares the function with other Lambda functions: one that does nothing, one written like most
// examples, and one in Python. README.md describes it.
package benchmark

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	rounds   = flag.Int("rounds", 25, "number of starts of every program")
	baseline = flag.String("baseline", "", "commit whose function is another column")
)

// warmClicks is the number of clicks after the first one in each round.
const warmClicks = 100

// BenchmarkFunction prints a table. The programs take turns, so that a busy moment of the machine affects all of them. Their
// order is another one in each round: what runs after a large program finds less in the processor's caches.
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
			for _, i := range rand.Perm(len(programs)) {
				p := programs[i]
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
	if e.startOnly {
		return s
	}
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

// The largest input of a request, the number of approvers of BenchmarkMemory, and the memory that the function may take.
const (
	largestInput = 253_952
	approvers    = 50
	maxMemory    = 64 << 20
)

// largestInputs returns inputs of the largest size that are hard to read or to write, each in another way.
func largestInputs() map[string]string {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	return map[string]string{
		"letters":          `"` + strings.Repeat("x", largestInput-2) + `"`,
		"non-ASCII":        `"` + strings.Repeat("é", largestInput/2-1) + `"`,
		"DEL":              `"` + strings.Repeat("\x7f", largestInput-2) + `"`,
		"message":          `{"message":"` + strings.Repeat(`\u0001`, (largestInput-14)/6) + `"}`,
		"numbers":          "[" + strings.Repeat("1,", largestInput/2-2) + "1]",
		"depth of 99":      "[" + strings.Repeat(nested(98)+",", largestInput/197-1) + "1]",
		"depth of 9,900":   "[1e400," + nested(9_900) + "]",
		"keys":             "{" + strings.Repeat(`"a":1,`, largestInput/6-2) + `"b":1}`,
		"escaped subjects": "{" + strings.Repeat(`"subject":"\u0061",`, largestInput/19-2) + `"b":1}`,
	}
}

// BenchmarkMemory sends requests with the largest inputs to many approvers, each in a process of its own, and reports the
// largest resident memory.
func BenchmarkMemory(b *testing.B) {
	function := buildDeployed(b, functionName, "./handler")
	endpoint := startAWS(b)[0]
	task, err := os.ReadFile("../adapter/testdata/task.json")
	if err != nil {
		b.Fatal(err)
	}
	list := "APPROVERS=jo@example.com"
	for i := range approvers {
		list += fmt.Sprintf(",approver-%d@example.com", i)
	}
	for name, input := range largestInputs() {
		b.Run(name, func(b *testing.B) {
			if !json.Valid([]byte(input)) || len(input) > largestInput {
				b.Fatal("the input is not one that Step Functions accepts")
			}
			for b.Loop() {
				process := start(b, function, endpoint, list)
				process.ready()
				answer := process.Invoke([]byte(strings.Replace(string(task), `{"key": "value"}`, input, 1)))
				if answer.Body != "null" {
					b.Fatalf("answer = %s", answer.Body)
				}
				peak := process.peakMemory()
				process.Stop()
				b.ReportMetric(peak/(1<<20), "MB")
				if peak > maxMemory {
					b.Errorf("the function took %.0f MB", peak/(1<<20))
				}
			}
		})
	}
}
