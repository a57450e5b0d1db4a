//go:build e2e

package e2e

import "net/http"

// needed is the number of approvers who have to agree in the load test.
const needed = 2

// click is a click on a link.
type click struct {
	approver int    // 0 for Ann, 1 for Bob, 2 for Cy
	path     string // of the link
}

func approveBy(approvers ...int) []click { return clicksOn("/approve", approvers) }
func rejectBy(approvers ...int) []click  { return clicksOn("/reject", approvers) }

func clicksOn(path string, approvers []int) (clicks []click) {
	for _, approver := range approvers {
		clicks = append(clicks, click{approver, path})
	}
	return clicks
}

// plan says which links of an execution are clicked, and how the execution may end.
type plan struct {
	rounds [][]click // the clicks of each round come at the same moment
	late   []click   // come after the end
	ends   []string  // the possible results of endOf
}

// plans are the plans of the executions, in turn.
var plans = []plan{
	{
		late: append(approveBy(0), rejectBy(1)...), ends: []string{"Expired"},
	},
	{
		rounds: [][]click{approveBy(0, 0, 0)},
		late:   approveBy(0, 1), ends: []string{"Expired"},
	},
	{
		rounds: [][]click{approveBy(0, 1, 2, 0, 1, 2, 0, 1, 2)},
		late:   append(approveBy(0), rejectBy(2)...), ends: []string{"SUCCEEDED"},
	},
	{
		rounds: [][]click{approveBy(0, 0, 0), approveBy(1, 2, 0, 1, 2, 0)},
		late:   rejectBy(0, 1), ends: []string{"SUCCEEDED"},
	},
	{
		rounds: [][]click{append(approveBy(0, 1, 2, 0, 1, 2), rejectBy(2, 2)...)},
		late:   approveBy(0, 1, 2), ends: []string{"SUCCEEDED", "Rejected"},
	},
	{
		rounds: [][]click{approveBy(0, 0), append(rejectBy(0, 0, 1), approveBy(0, 1, 2)...)},
		late:   approveBy(2), ends: []string{"SUCCEEDED", "Rejected"},
	},
	{
		rounds: [][]click{rejectBy(0, 1, 2, 0, 1, 2)},
		late:   append(approveBy(0), rejectBy(0)...), ends: []string{"Rejected"},
	},
}

// maxClicks is more than the number of clicks in any plan.
const maxClicks = 16

// outcomes contains the answer to a click after the end by each result of endOf.
var outcomes = map[string]struct {
	status int
	code   string
}{
	"SUCCEEDED": {http.StatusConflict, "AlreadyApproved"},
	"Rejected":  {http.StatusConflict, "AlreadyRejected"},
	"Expired":   {http.StatusGone, "Expired"},
}
