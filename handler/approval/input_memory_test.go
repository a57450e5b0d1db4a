package approval

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// worstInputs returns inputs of the largest size that a request can have, each of which is hard in another way.
func worstInputs(size int) map[string]string {
	fill := func(element string) string {
		return "[" + strings.Repeat(element+",", (size-len("[0]"))/(len(element)+1)) + "0]"
	}
	deep := min(size/2-len("[1e400,]"), 9_900)
	return map[string]string{
		"string":             `"` + strings.Repeat("x", size-2) + `"`,
		"escapes":            `"` + strings.Repeat(`\u0001`, (size-2)/6) + `"`,
		"control characters": `"` + strings.Repeat("\x7f", size-2) + `"`,
		"message":            `{"message":"` + strings.Repeat(`\u0001`, (size-14)/6) + `"}`,
		"numbers":            fill("1"),
		"small objects":      fill(`{"a":1}`),
		"depth of 99":        fill(nested(98, "")),
		"out of range, deep": "[1e400," + nested(deep, "") + "]",
		"deep object":        strings.Repeat(`{"a":`, min(size/6, 9_900)) + "1" + strings.Repeat("}", min(size/6, 9_900)),
		"keys":               "{" + strings.Repeat(`"a":1,`, (size-len(`{"b":1}`))/6) + `"b":1}`,
		"subjects":           "{" + strings.Repeat(`"subject":"\u0061",`, (size-len(`{"b":1}`))/19) + `"b":1}`,
	}
}

// maxSendMemory is what a send to one approver may allocate in bytes, in all and without the call of SNS.
const maxSendMemory = 20 * maxState

// TestMemoryOfInputs checks that no input makes a send allocate many times the size of an e-mail. BenchmarkMemory of folder
// handler/benchmark measures the whole function.
func TestMemoryOfInputs(t *testing.T) {
	for name, input := range worstInputs(maxState - maxRecord) {
		payload := strings.Replace(edited(t, `"approvalsNeeded": 2`, `"approvalsNeeded": 1`), "null", input, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		request, err := ParseRequest([]byte(payload))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		Compose(request, false, TestStart)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > maxSendMemory {
			t.Errorf("%s: %d bytes are allocated, want at most %d", name, got, maxSendMemory)
		}
	}
}

// BenchmarkFormatInput shows that time and memory grow with the input up to the size of an e-mail, and not with its depth.
func BenchmarkFormatInput(b *testing.B) {
	for _, size := range []int{1_000, 16_000, maxState - maxRecord} {
		for name, input := range worstInputs(size) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					formatInput(json.RawMessage(input), maxBody)
				}
			})
		}
	}
}
