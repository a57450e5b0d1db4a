package approval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxEmails is the largest number of e-mails that are sent at the same time. Each can take more than two megabytes of the
// function's memory.
const maxEmails = 10

// Sent says what [Service.Send] did.
type Sent struct {
	// Emails is the number of e-mails that were sent. It is 0 after an approval, if others are still needed: the execution
	// only begins to wait again.
	Emails int
	// Reminder is the number of the reminder, or 0 for the first e-mail.
	Reminder int
	// UnusedKeys are the optional keys of the input that the e-mail shows as data only, because their values are objects or
	// arrays. They are separated by commas.
	UnusedKeys string
}

// Send e-mails the request to every approver who has not approved it yet, unless the input is refused or too few approvers
// would get the e-mail. Its error is always an [*Error].
func (s *Service) Send(ctx context.Context, request Request) (Sent, error) {
	now := time.Now()
	sent := Sent{Reminder: request.reminder(now)}
	if len(request.Approvals) > 0 && sent.Reminder == 0 {
		return sent, nil
	}
	details, err := parseDetails(request.Input)
	if err != nil {
		return Sent{}, err
	}
	confirmed, err := s.ports.Notifier.Confirmed(ctx)
	if err != nil {
		return Sent{}, sendCodes.classify(err, request.TaskToken)
	}
	approvers, err := s.reachable(confirmed, request, details)
	if err != nil {
		return Sent{}, err
	}
	key, err := s.linkKey(ctx)
	if err == nil {
		err = firstToReport(s.notify(ctx, s.newDraft(request, details, now), approvers, key))
	}
	if err != nil {
		return Sent{}, sendCodes.classify(err, request.TaskToken)
	}
	sent.Emails, sent.UnusedKeys = len(approvers), details.unused
	return sent, nil
}

// notify sends the e-mails side by side and returns the result of each.
func (s *Service) notify(ctx context.Context, d draft, approvers []string, key []byte) []error {
	errs := make([]error, len(approvers))
	slots := make(chan struct{}, maxEmails)
	var group sync.WaitGroup
	for i, approver := range approvers {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = s.ports.Notifier.Notify(ctx, s.compose(d, approver, key))
		})
	}
	group.Wait()
	return errs
}

// firstToReport returns the error that a retry may fix, if there is one, so that nobody is left out who can be reached.
// Otherwise it returns the first error.
func firstToReport(errs []error) error {
	if i := slices.IndexFunc(errs, unavailable); i >= 0 {
		return errs[i]
	}
	return cmp.Or(errs...)
}

// reachable returns the approvers who have to be asked: not the requester, who must not approve their own request. It
// fails if too few of them have confirmed their subscription.
func (s *Service) reachable(confirmed []string, request Request, details details) ([]string, error) {
	var reachable, unconfirmed []string
	requester := ""
	for _, approver := range s.config.Approvers {
		switch {
		case hasDecided(request.Approvals, approver):
		case details.requestedBy(approver):
			requester = approver
		case slices.ContainsFunc(confirmed, func(c string) bool { return strings.EqualFold(c, approver) }):
			reachable = append(reachable, approver)
		default:
			unconfirmed = append(unconfirmed, approver)
		}
	}
	if len(reachable) >= request.missing() {
		return reachable, nil
	}
	return nil, tooFewApprovers(request.missing(), len(reachable), unconfirmed, requester)
}

// tooFewApprovers returns the error with what to do. The requester is "" unless an approver's address.
func tooFewApprovers(missing, reachable int, unconfirmed []string, requester string) error {
	advice := "The configuration names too few approvers for this execution: add some, run pulumi up"
	if len(unconfirmed) > 0 {
		advice = "Not confirmed: " + strings.Join(unconfirmed, ", ") + ". Have them confirm as the README says under " +
			"Deploy (run pulumi up --refresh if the confirmation e-mail has expired)"
	}
	if requester != "" {
		advice = requester + " is the requester and does not count as an approver. " + advice
	}
	return &Error{Code: CodeTooFewApprovers, Message: fmt.Sprintf(
		"Approvals still needed: %d. Approvers who would get the e-mail: %d. %s, and start a new execution.",
		missing, reachable, advice)}
}
