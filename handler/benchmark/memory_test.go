//go:build linux

package benchmark

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

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
	var addresses []string
	for i := range approvers {
		addresses = append(addresses, fmt.Sprintf("approver-%d@example.com", i))
	}
	list := "APPROVERS=jo@example.com," + strings.Join(addresses, ",")
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
