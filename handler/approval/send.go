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
	// UnusedKeys says which keys of the input look like the optional ones but are shown as data only, and why: their values are
	// objects or arrays, or they have capital letters.
	UnusedKeys string
	// Unreachable are the addresses of the approvers who were not asked because they have not confirmed their subscription, or SNS
	// has suspended it, separated by commas. It is also set if the e-mails could not be sent.
	Unreachable string
}

// Send e-mails the request to every approver who has not approved it yet, unless the input is refused or too few approvers
// would get the e-mail. Its error is always an [*Error].
func (s *Service) Send(ctx context.Context, request Request) (Sent, error) {
	now := time.Now()
	sent := Sent{Reminder: request.reminder(now)}
	if len(request.Approvals) > 0 && sent.Reminder == 0 {
		return sent, nil
	}
	details, err := s.check(request, sent.Reminder)
	if err != nil {
		return Sent{}, err
	}
	confirmed, err := s.ports.Notifier.Confirmed(ctx)
	if err != nil {
		return Sent{}, sendCodes.classify(err, request.TaskToken)
	}
	approvers, unconfirmed, err := s.reachable(confirmed, request, details)
	unreachable := Sent{Unreachable: strings.Join(unconfirmed, ", ")}
	if err != nil {
		return unreachable, err
	}
	key, err := s.linkKey(ctx)
	if err == nil {
		draft := s.newDraft(request, details, unconfirmed, now)
		err = firstToReport(sideBySide(approvers, func(approver string) error {
			return s.ports.Notifier.Notify(ctx, s.compose(draft, approver, key))
		}))
	}
	if err != nil {
		return unreachable, sendCodes.classify(err, request.TaskToken)
	}
	sent.Emails, sent.UnusedKeys, sent.Unreachable = len(approvers), details.unused, unreachable.Unreachable
	return sent, nil
}

// check returns the details of the input, or why the request is refused. The number of the group's members, which can change while
// the request is open, refuses only the first e-mail: see reachable.
func (s *Service) check(request Request, reminder int) (details, error) {
	details, problems := parseDetails(request.Input)
	rule := request.checkRule(details, s.config.members(details.group), reminder == 0)
	if err := refusedInput(problems, rule); err != nil {
		return details, err
	}
	if room := maxState - maxRecord*request.needed(details); len(request.Input) > room {
		return details, refusedInput(fmt.Errorf("it has %d bytes, and more than %d leave no room for the decisions",
			len(request.Input), room))
	}
	return details, nil
}

// sideBySide sends something for each item, maxEmails at the same time, and returns the result of each.
func sideBySide[T any](items []T, send func(T) error) []error {
	errs := make([]error, len(items))
	slots := make(chan struct{}, maxEmails)
	var group sync.WaitGroup
	for i, item := range items {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = send(item)
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

// reachable returns the approvers who have to be asked: the members of the group, but not the requester, who must not approve
// their own request. Those who have not confirmed their subscription are unconfirmed. It fails if too few have.
func (s *Service) reachable(confirmed []string, request Request, details details) (reachable, unconfirmed []string, err error) {
	requester, group := "", request.group(details)
	for _, approver := range s.config.members(group) {
		switch {
		case hasDecided(request.Approvals, approver):
		case details.requestedBy(approver):
			requester = approver
		case containsFold(confirmed, approver):
			reachable = append(reachable, approver)
		default:
			unconfirmed = append(unconfirmed, approver)
		}
	}
	missing := request.needed(details) - len(request.Approvals)
	if len(reachable) >= missing {
		return reachable, unconfirmed, nil
	}
	asked := "Approvers"
	if group != "" {
		asked = "Members of the group " + group
	}
	return nil, unconfirmed, &Error{Code: CodeTooFewApprovers, Message: fmt.Sprintf(
		"Approvals still needed: %d. %s who would get the e-mail: %d. %s, and start a new execution.",
		missing, asked, len(reachable), s.config.adviceForMore(group, unconfirmed, requester))}
}

// adviceForMore says how more approvers can be asked. The requester is "" unless an approver's address.
func (c Config) adviceForMore(group string, unconfirmed []string, requester string) string {
	_, exists := c.Groups[group]
	advice := ", " + cmp.Or(c.Apply, "run pulumi up")
	switch {
	case len(unconfirmed) > 0:
		advice = "Not confirmed: " + strings.Join(unconfirmed, ", ") + ". Have them confirm as README.md says under Deploy, " +
			"or if they had confirmed before, as infra/operate.md says under Lost approvers"
	case group == "":
		advice = "The configuration names too few approvers for this execution: add some" + advice
	case exists:
		advice = "The configuration names too few members of this group for this execution: add some" + advice
	default:
		advice = "The configuration has no group " + group + " any more: add it again" + advice
	}
	if requester != "" {
		advice = requester + " is the requester and does not count as an approver. " + advice
	}
	return advice
}
