package asl

// Transition leads from a state to one that may follow.
type Transition struct {
	// To is the name of the state that follows.
	To string
	// When describes to a person in which case it follows. It is empty if it always does, unless there is an error.
	When string
}

// StartAt returns the name of the first state.
func (m *Machine) StartAt() string { return m.startAt }

// Transitions returns the transitions from a state, the usual one first. A state at the end of an execution has none.
func (m *Machine) Transitions(state string) []Transition { return m.states[state].transitions() }

// Fails reports whether a state fails the execution.
func (m *Machine) Fails(state string) bool {
	_, fails := m.states[state].(*fail)
	return fails
}
