package infra

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"approval-workflow/handler/approval"
)

// Group is a group of approvers that a request can name. Then only its members are asked.
type Group struct {
	// Emails are the addresses of the members. At least one is required. Whoever is in several groups, or in the Emails of the
	// workflow too, has one subscription: an address in other letters is the same address.
	Emails []string
	// Approvals is the number of members who have to agree: at most all of them, and at most approval.MaxApprovals. A request
	// can ask for more, but not for fewer. The default is 1.
	Approvals int
}

// GroupError reports a problem of one group. It is the Err of an [ArgumentError] about Groups.
type GroupError struct {
	// Group is the name of the group.
	Group string
	// Field is Emails or Approvals, or "" if the name is wrong.
	Field string
	// Err says what is wrong.
	Err error
}

func (e *GroupError) Error() string {
	if e.Field == "" {
		return e.Err.Error()
	}
	return "group " + e.Group + ": " + e.Field + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *GroupError) Unwrap() error { return e.Err }

// checkGroups returns every problem of the groups, in the order of their names.
func (a ApprovalWorkflowArgs) checkGroups() []error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(a.Groups)) {
		if err := approval.CheckGroupName(name); err != nil {
			problems = append(problems, &GroupError{Group: name, Err: err})
			continue
		}
		field, errs := a.Groups[name].check(a.Timeout)
		for _, err := range errs {
			problems = append(problems, &GroupError{Group: name, Field: field, Err: err})
		}
	}
	return problems
}

// check returns what is wrong with a field of the group. With wrong addresses, the number of its members is unknown.
func (g Group) check(timeout time.Duration) (field string, problems []error) {
	problems = approval.CheckAddresses(g.Emails)
	if len(g.Emails) == 0 {
		problems = []error{errNoAddress}
	}
	if len(problems) > 0 {
		return "Emails", problems
	}
	if err := approval.CheckApprovals(g.Approvals, len(g.Emails)); err != nil {
		return "Approvals", []error{err}
	}
	if err := approval.CheckRounds(timeout, g.Approvals); err != nil {
		return "Approvals", []error{err}
	}
	return "", nil
}

var errNoAddress = errors.New("at least one address is required")

// checkRoom returns an error unless AWS has room for all approvers and their groups.
func (a ApprovalWorkflowArgs) checkRoom() error {
	addresses := a.addresses()
	escaped := strconv.Quote(a.positions())
	size := len(strings.Join(addresses, ",")) + len(escaped) - len(`""`)
	switch {
	case len(addresses) > maxApprovers:
		return fmt.Errorf("there are %d addresses in Emails and the groups, and the topic has room for %d",
			len(addresses), maxApprovers)
	case size > maxAddresses:
		return fmt.Errorf("the addresses and the groups have %d bytes, and the function's environment has room for %d",
			size, maxAddresses)
	}
	return nil
}

// addresses returns the address of everybody in Emails or a group once, as it is spelled first.
func (a ApprovalWorkflowArgs) addresses() []string {
	addresses := slices.Clone(a.Emails)
	for _, name := range slices.Sorted(maps.Keys(a.Groups)) {
		for _, address := range a.Groups[name].Emails {
			if position(addresses, address) < 0 {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

// position returns where the list has the address, in any letters, or -1.
func position(addresses []string, address string) int {
	return slices.IndexFunc(addresses, func(a string) bool { return strings.EqualFold(a, address) })
}

// positions returns where each group's members are in the addresses, as a JSON object. The group "" has those in Emails.
// Without groups it is empty.
func (a ApprovalWorkflowArgs) positions() string {
	if len(a.Groups) == 0 {
		return ""
	}
	addresses := a.addresses()
	positions := map[string][]int{}
	add := func(name string, members []string) {
		for _, member := range members {
			positions[name] = append(positions[name], position(addresses, member))
		}
	}
	add("", a.Emails)
	for name, group := range a.Groups {
		add(name, group.Emails)
	}
	text, _ := json.Marshal(positions) // a map of numbers always encodes
	return string(text)
}

// approvalsNeeded returns how many members of each group have to agree.
func (a ApprovalWorkflowArgs) approvalsNeeded() map[string]int {
	needed := map[string]int{}
	for name, group := range a.Groups {
		needed[name] = group.Approvals
	}
	return needed
}
