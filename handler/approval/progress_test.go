package approval

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// waitingWith returns an execution that waits with an input and approvals. One approval is needed, or as many as the groups
// have.
func waitingWith(groups map[string]int, input string, approvals ...Record) Execution {
	execution := waiting(append([]Record{}, approvals...)...)
	execution.Request.ApprovalsNeeded, execution.Request.Groups = 1, groups
	execution.Request.Input = json.RawMessage(input)
	return execution
}

// progressTests have what is known of an execution. The workflow asks jo and ed, and the group dba asks ed, al and cy, two of
// whom have to agree.
var progressTests = func() []struct {
	name      string
	execution Execution
	want      Progress
} {
	const jo, ed, al, cy = "jo@example.com", "ed@example.com", "al@example.com", "cy@example.com"
	groups, none := map[string]int{"dba": 2, "gone": 1}, []Record{}
	edOnly, until := []Record{edApproved}, TestStart.Add(25*time.Hour)
	reminded := waitingWith(groups, `{}`)
	reminded.Request.Schedule = Schedule{IntervalSeconds: 3600, PauseSeconds: 1, Reminders: 1}
	reminded.Request.RetryCount, reminded.AskedAt = 1, TestStart.Add(3601*time.Second)
	return []struct {
		name      string
		execution Execution
		want      Progress
	}{
		{"no group", waitingWith(groups, `{"subject": "Release\n1.4.2\u202e"}`),
			Progress{`Release 1.4.2\u202e`, "", none, 1, []string{jo, ed}, until}},
		{"group", waitingWith(groups, `{"group": "dba"}`), Progress{"", "dba", none, 2, []string{ed, al, cy}, until}},
		{"one of the group has approved", waitingWith(groups, `{"group": "dba"}`, edApproved),
			Progress{"", "dba", edOnly, 2, []string{al, cy}, until}},
		{"in other letters", waitingWith(groups, `{"group": "dba"}`, Record{Approver: "ED@example.com"}),
			Progress{"", "dba", []Record{{Approver: "ED@example.com"}}, 2, []string{al, cy}, until}},
		{"requested by a member", waitingWith(groups, `{"group": "dba", "requester": "Al <AL@example.com>"}`),
			Progress{"", "dba", none, 2, []string{ed, cy}, until}},
		{"the input asks for more", waitingWith(groups, `{"group": "dba", "approvals": 3}`),
			Progress{"", "dba", none, 3, []string{ed, al, cy}, until}},
		{"from before there were groups", waitingWith(nil, `{"group": "dba", "approvals": 3}`),
			Progress{"", "", none, 1, []string{jo, ed}, until}},
		{"group that was deleted since", waitingWith(groups, `{"group": "gone"}`), Progress{"", "gone", none, 1, nil, until}},
		{"unknown group", waitingWith(groups, `{"group": "dbas"}`), Progress{"", "dbas", none, 0, nil, until}},
		{"group that is a number", waitingWith(groups, `{"group": 5}`), Progress{"", "", none, 0, nil, until}},
		{"too many approvals", waitingWith(groups, `{"approvals": 99}`), Progress{"", "", none, 0, []string{jo, ed}, until}},
		{"reminded", reminded, Progress{"", "", none, 1, []string{jo, ed}, TestStart.Add(7201 * time.Second)}},
		{"moves", ended(StatusMoving, "", "", edApproved), Progress{"Release 1.4.2", "", edOnly, 3, nil, time.Time{}}},
		{"approved", ended(StatusSucceeded, "", `{"approvals":[`+joJSON+`]}`, edApproved),
			Progress{"Release 1.4.2", "", []Record{joApproved}, 3, nil, time.Time{}}},
		{"rejected by whoever had approved", ended(StatusFailed, "Rejected", joJSON, joApproved, edApproved),
			Progress{"Release 1.4.2", "", edOnly, 3, nil, time.Time{}}},
		{"expired", ended(StatusFailed, "Expired", "", edApproved), Progress{"Release 1.4.2", "", edOnly, 3, nil, time.Time{}}},
	}
}()

func TestProgress(t *testing.T) {
	config := Config{
		Approvers: []string{"jo@example.com", "ed@example.com"},
		Groups:    map[string][]string{"dba": {"ed@example.com", "al@example.com", "cy@example.com"}},
	}
	for _, test := range progressTests {
		if diff := cmp.Diff(test.want, config.Progress(test.execution)); diff != "" {
			t.Errorf("%s: progress (-want +got):\n%s", test.name, diff)
		}
	}
}
