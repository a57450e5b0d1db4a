package approvaltest

import (
	"slices"

	"approval-workflow/handler/approval"
)

// Emails returns the e-mails that arrived, sorted by time.
func (f *Fake) Emails() []Email {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.emails)
}

// Answers returns the answers that were accepted, the oldest first.
func (f *Fake) Answers() []Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.answers)
}

// CallsOfEnded returns the number of calls of Ended.
func (f *Fake) CallsOfEnded() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks
}

// CallsOfRead returns the executions that were read, the oldest first.
func (f *Fake) CallsOfRead() []approval.ExecutionRef {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.reads)
}
