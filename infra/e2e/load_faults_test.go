//go:build e2e

package e2e

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
)

const faultSeed = 5

var sendingFaults = []fault{
	{Service: "sns", Operation: "Publish", Status: 503},
	{Service: "sns", Operation: "Publish", Status: 429, Code: "Throttled"},
	{Service: "sns", Operation: "Publish", Status: 500, After: true},
	{Service: "sns", Operation: "ListSubscriptionsByTopic", Caller: "-function-", Status: 503},
	{Service: "sns", Operation: "ListSubscriptionsByTopic", Caller: "-function-", Status: 429, Code: "Throttled"},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 429, Times: 1},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 500, Times: 1},
	{Service: "lambda", Operation: "Invoke", Caller: "StepFunctions", Status: 500, After: true, Times: 1},
}

// continuingFaults are those of the invocation after an approval. An execution fails after seven of them, so they must not
// pile up.
var continuingFaults = sendingFaults[5:]

var decidingFaults = []fault{
	{Service: "states", Operation: "SendTaskSuccess", Status: 503},
	{Service: "states", Operation: "SendTaskSuccess", Status: 400, Code: "ThrottlingException"},
	{Service: "states", Operation: "SendTaskSuccess", Status: 500, After: true},
	{Service: "states", Operation: "GetExecutionHistory", Caller: "-function-", Status: 503},
	{Service: "states", Operation: "GetExecutionHistory", Caller: "-function-", Status: 400, Code: "ThrottlingException"},
}

// startingFaults are those of a function that starts.
var startingFaults = []fault{
	{Service: "kms", Operation: "GenerateMac", Status: 500, Code: "KMSInternalException"},
	{Service: "kms", Operation: "GenerateMac", Status: 400, Code: "ThrottlingException"},
}

// faults injects faults at random while the load test runs.
type faults struct {
	mu     sync.Mutex
	random *rand.Rand
}

func newFaults(t *testing.T) *faults {
	t.Helper()
	t.Cleanup(func() { clearFaults(t) })
	return &faults{random: rand.New(rand.NewPCG(faultSeed, 0))}
}

// perhaps injects one of the faults in one of once calls on average, up to six times unless the fault says how often.
func (f *faults) perhaps(once int, kinds []fault) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.IntN(once) > 0 {
		return nil
	}
	next := kinds[f.random.IntN(len(kinds))]
	next.Times = cmp.Or(next.Times, 1+f.random.IntN(6))
	return sandbox(http.MethodPost, "faults", next, new(any))
}

// count adds the calls that failed to the tally. It checks that each operation failed at least once.
func (f *faults) count(t *testing.T, into *tally) {
	t.Helper()
	var injected []fault
	if err := sandbox(http.MethodGet, "faults", nil, &injected); err != nil {
		t.Fatal(err)
	}
	failed := map[string]int{}
	for _, kinds := range [][]fault{startingFaults, sendingFaults, decidingFaults} {
		for _, kind := range kinds {
			failed[kind.Operation] = 0
		}
	}
	for _, fault := range injected {
		failed[fault.Operation] += fault.Used
		into.add(fault.Used, "fault:", fault.String())
	}
	for operation, times := range failed {
		if times == 0 {
			t.Errorf("%s never failed, so the test proves too little", operation)
		}
	}
}
