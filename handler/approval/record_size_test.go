package approval

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// fillers are characters that take much room in JSON.
var fillers = []string{"\x01", "<", `"`, "\u2028", "\U0001f600", "\xff", "\x7f"}

// largestRecord returns a record that is as large as a client and an approver can make it.
func largestRecord(t *testing.T, filler string) Record {
	t.Helper()
	record, err := newRecord(Click{
		Link: Link{
			Approver: strings.Repeat("é", maxLocalPart/2) + "@" + strings.Repeat("é", 93) + "x.x",
			SentAt:   time.Unix(-1<<62, 0),
		},
		Decision:  Approve,
		Reason:    "x" + strings.Repeat(filler, MaxReason-2) + "x",
		SourceIP:  "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
		UserAgent: strings.Repeat(filler, 10_000),
	}, TestStart.Add(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// largestRequest returns the payload of a task with the largest input beside that many of the largest records.
func largestRequest(t *testing.T, filler string, needed, approvals int) Request {
	t.Helper()
	request := RequestWith(`"` + strings.Repeat("x", 262_144-8_192*needed-2) + `"`)
	request.TaskToken = Token(strings.Repeat("x", maxTokenLength))
	request.Execution.Name = strings.Repeat("\U0001f600", 80)
	request.Execution.ARN = fmt.Sprintf("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:%s:%[1]s", request.Execution.Name)
	request.Execution.StartedAt = TestStart.Add(time.Millisecond)
	request.Schedule = Schedule{IntervalSeconds: 31_536_000, PauseSeconds: 1, Reminders: MaxReminders}
	request.RetryCount, request.ApprovalsNeeded = 1000, needed
	for range approvals {
		request.Approvals = append(request.Approvals, largestRecord(t, filler))
	}
	return request
}

// TestRecordsFit checks that every request that was sent can also be approved, by as many as are needed: a state passes on
// at most 262,144 bytes. Its payload has the task token in full.
func TestRecordsFit(t *testing.T) {
	for _, filler := range fillers {
		for _, needed := range []int{1, 2, 10, MaxApprovals} {
			request := largestRequest(t, filler, needed, needed-1)
			if problems := request.problems(); len(problems) > 0 {
				t.Errorf("%d approvals full of %q: the request is refused: %.200s", needed, filler, problems)
			}
			if size := encodedSize(t, request) + maxTokenLength; size > maxState {
				t.Errorf("%d approvals full of %q give a payload of %d bytes", needed, filler, size)
			}
			result := newResult(request, Approve, largestRecord(t, filler))
			output := map[string]any{"input": request.Input, "approvals": result.Approvals}
			if size := encodedSize(t, output); size > maxState || result.Status != Approve.Status {
				t.Errorf("%d approvals full of %q give an output of %d bytes", needed, filler, size)
			}
		}
	}
}

// encodedSize returns the size of a value as Step Functions writes it, which does not escape < and >.
func encodedSize(t *testing.T, value any) int {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.Len()
}

// TestRejectionFits checks that a record can be the cause of an error, which has at most 32,768 characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html
func TestRejectionFits(t *testing.T) {
	for _, filler := range fillers {
		if size := encodedSize(t, largestRecord(t, filler)); size > 32_768 {
			t.Errorf("a record full of %q has %d bytes", filler, size)
		}
	}
}
