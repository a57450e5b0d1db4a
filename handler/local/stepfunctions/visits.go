package stepfunctions

import "slices"

// Visits are the states that an execution has entered.
type Visits struct {
	// ExecutionARN identifies the execution.
	ExecutionARN string `json:"executionArn"`
	// States has a name for each visit, the oldest first. As long as the execution runs, it is in the last one.
	States []string `json:"states"`
}

// Visits returns the visits of every execution, the newest execution first.
func (s *Service) Visits() []Visits {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Visits{} // an empty list is [], not null
	for _, e := range slices.Backward(s.executions) {
		list = append(list, Visits{executionPrefix + e.name, slices.Clone(e.visits)})
	}
	return list
}

// enter records a visit, unless the execution was stopped before.
func (s *Service) enter(e *execution, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.status == statusRunning {
		e.visits = append(e.visits, state)
	}
}
