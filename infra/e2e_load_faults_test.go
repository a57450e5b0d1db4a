//go:build e2e

package infra_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const faultSeed = 5

// fault is one as the sandbox takes it: the next calls of an operation fail. After tells that they are carried out, and
// their answer gets lost.
type fault struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Caller    string `json:"caller"`
	Status    int    `json:"status"`
	Code      string `json:"code,omitempty"`
	After     bool   `json:"after"`
	Times     int    `json:"times"`
	Used      int    `json:"used,omitempty"`
}

var sendingFaults = []fault{
	{Service: "sns", Operation: "Publish", Status: 503},
	{Service: "sns", Operation: "Publish", Status: 429, Code: "Throttled"},
	{Service: "sns", Operation: "Publish", Status: 500, After: true},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 429},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 500},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 500, After: true},
}

var decidingFaults = []fault{
	{Service: "states", Operation: "SendTaskSuccess", Status: 503},
	{Service: "states", Operation: "SendTaskSuccess", Status: 400, Code: "ThrottlingException"},
	{Service: "states", Operation: "SendTaskSuccess", Status: 500, After: true},
}

func (f fault) String() string {
	words := []string{f.Service, f.Operation, strconv.Itoa(f.Status)}
	if f.Code != "" {
		words = append(words, f.Code)
	}
	if f.After {
		words = append(words, "answer lost")
	}
	return strings.Join(words, " ")
}

// faults come and go while the load lasts: few, where there are few calls to meet them.
type faults struct {
	mu     sync.Mutex
	random *rand.Rand
}

func newFaults(t *testing.T) *faults {
	t.Helper()
	t.Cleanup(func() { clearFaults(t) })
	return &faults{random: rand.New(rand.NewPCG(faultSeed, 0))}
}

// perhaps injects faults of one of the kinds, once in so many times on the average.
func (f *faults) perhaps(once int, kinds []fault) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.IntN(once) > 0 {
		return nil
	}
	next := kinds[f.random.IntN(len(kinds))]
	next.Times = 1 + f.random.IntN(6)
	return sandbox(http.MethodPost, "faults", next, new(any))
}

// count adds to the tally how often each kind of fault was met. Each operation must have failed now and then.
func (f *faults) count(t *testing.T, into *tally) {
	t.Helper()
	var injected []fault
	if err := sandbox(http.MethodGet, "faults", nil, &injected); err != nil {
		t.Fatal(err)
	}
	met := map[string]int{"Publish": 0, "Invoke": 0, "SendTaskSuccess": 0}
	for _, fault := range injected {
		met[fault.Operation] += fault.Used
		into.add(fault.Used, "fault:", fault.String())
	}
	for operation, times := range met {
		if times == 0 {
			t.Errorf("%s never failed: the test proves less than it should", operation)
		}
	}
}
