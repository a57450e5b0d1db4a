package stepfunctions

import "slices"

type listInput struct {
	StateMachineArn, StatusFilter *string
	MaxResults                    int
}

type listOutput struct {
	Executions []summary `json:"executions"`
}

// listExecutions lists the newest executions first. Unlike AWS it has no pages: it lists the newest maxResults of them, or
// all if maxResults is 0.
func (s *Service) listExecutions(in listInput) (listOutput, error) {
	if err := checkStateMachine(in.StateMachineArn); err != nil {
		return listOutput{}, err
	}
	if err := checkList(in); err != nil {
		return listOutput{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := listOutput{Executions: []summary{}} // an empty list is [], not null
	for _, e := range slices.Backward(s.executions) {
		if in.StatusFilter != nil && e.status != *in.StatusFilter {
			continue
		}
		out.Executions = append(out.Executions, e.summary())
		if len(out.Executions) == in.MaxResults {
			break
		}
	}
	return out, nil
}

func checkList(in listInput) error {
	statuses := []string{statusRunning, statusSucceeded, statusFailed, "TIMED_OUT", statusAborted, "PENDING_REDRIVE"}
	if in.StatusFilter != nil && !slices.Contains(statuses, *in.StatusFilter) {
		return invalid("Value '%s' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: %s",
			*in.StatusFilter, statuses)
	}
	if in.MaxResults < 0 || in.MaxResults > 1000 {
		return invalid("Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value between 0 and 1000",
			in.MaxResults)
	}
	return nil
}
