package approval

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResult(t *testing.T) {
	const jo = `{"approver":"jo@example.com","decidedAt":"2026-11-22T09:30:05Z","ageSeconds":0}`
	const ed = `{"approver":"ed@example.com","decidedAt":"2026-11-22T09:30:06.000001Z","reason":"<Go> & stay",` +
		`"sourceIp":"203.0.113.7","userAgent":"curl/8","ageSeconds":1}`
	tests := []struct {
		name     string
		decision Decision
		needed   int
		want     string
	}{
		{"not enough yet", Approve, 3, `{"status":"pending","approvals":[` + jo + `,` + ed + `]}`},
		{"the last approval", Approve, 2, `{"status":"approved","approvals":[` + jo + `,` + ed + `]}`},
		{"more than enough", Approve, 1, `{"status":"approved","approvals":[` + jo + `,` + ed + `]}`},
		{"a rejection", Reject, 3, `{"status":"rejected","rejection":` + ed + `}`},
		{"a rejection at the end", Reject, 1, `{"status":"rejected","rejection":` + ed + `}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := RequestWith("{}")
			request.ApprovalsNeeded = test.needed
			request.Approvals = []Record{{Approver: "jo@example.com", DecidedAt: TestStart}}
			got := newResult(request, test.decision, Record{
				Approver: "ed@example.com", DecidedAt: TestStart.Add(time.Second + time.Microsecond),
				Reason: "<Go> & stay", SourceIP: "203.0.113.7", UserAgent: "curl/8", AgeSeconds: 1,
			}).encode()
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// TestResultLeavesTheRequest checks that a result does not write into the list of the request, which two clicks may share.
func TestResultLeavesTheRequest(t *testing.T) {
	request := RequestWith("{}")
	request.Approvals = make([]Record, 1, 2)
	newResult(request, Approve, Record{Approver: "jo@example.com"})
	if got := request.Approvals[:2][1]; got != (Record{}) {
		t.Errorf("the list of the request continues with %+v", got)
	}
}
