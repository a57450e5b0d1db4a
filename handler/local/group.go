package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"approval-workflow/handler/approval"
)

// groupExample is a value of the flag -group.
const groupExample = "'dba=dora@example.com,dan@example.com;approvals=2'"

// group is a group of approvers that an input can choose.
type group struct {
	members   []string // addresses
	approvals int      // how many of them have to agree
}

// groups are groups by name.
type groups map[string]group

// parseGroups returns the groups of the values of the flag -group, and nil without any. Each may be used with the timeout.
func parseGroups(texts []string, timeout time.Duration) (groups, error) {
	var all groups
	for _, text := range texts {
		name, rest, found := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		if !found {
			return nil, fmt.Errorf("%q is not NAME=ADDRESSES, such as %s", text, groupExample)
		}
		if err := approval.CheckGroupName(name); err != nil {
			return nil, err
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("%s: the group is defined twice", name)
		}
		parsed, err := parseGroup(name, rest, timeout)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = groups{}
		}
		all[name] = parsed
	}
	return all, nil
}

// parseGroup parses ADDRESSES or ADDRESSES;approvals=N. Its error names the group.
func parseGroup(name, text string, timeout time.Duration) (group, error) {
	addresses, rule, hasRule := strings.Cut(text, ";")
	members, err := approval.ParseAddresses(addresses)
	if unread, ok := errors.AsType[*approval.SettingError](err); ok && unread.Suggestion != "" {
		suggestion := name + "=" + unread.Suggestion + strings.TrimPrefix(text, addresses)
		return group{}, &approval.SettingError{Problem: name + ": " + unread.Problem, Suggestion: "'" + suggestion + "'"}
	}
	if err == nil && len(members) == 0 {
		err = errors.New("at least one address is required")
	}
	approvals := 1
	if err == nil && hasRule {
		approvals, err = parseRule(rule)
	}
	if err == nil {
		err = cmp.Or(append(approval.CheckAddresses(members),
			approval.CheckApprovals(approvals, len(members)), approval.CheckRounds(timeout, approvals))...)
	}
	if err != nil {
		return group{}, fmt.Errorf("%s: %w", name, err)
	}
	return group{members, approvals}, nil
}

// parseRule parses approvals=N.
func parseRule(text string) (int, error) {
	key, value, _ := strings.Cut(text, "=")
	if strings.TrimSpace(key) != "approvals" {
		return 0, fmt.Errorf("%q is neither an address after a comma nor approvals=N after a semicolon", text)
	}
	approvals, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil {
		return 0, fmt.Errorf("approvals=%s has no whole number", value)
	}
	return approvals, nil
}

// approvals returns how many members of each group have to agree.
func (g groups) approvals() map[string]int {
	numbers := map[string]int{}
	for name, each := range g {
		numbers[name] = each.approvals
	}
	return numbers
}

// members returns the addresses of each group.
func (g groups) members() map[string][]string {
	addresses := map[string][]string{}
	for name, each := range g {
		addresses[name] = each.members
	}
	return addresses
}

// names returns the names in their order.
func (g groups) names() []string { return slices.Sorted(maps.Keys(g)) }

// String returns whom a group asks, such as "2 of dora@example.com, dan@example.com".
func (g group) String() string {
	return fmt.Sprintf("%d of %s", g.approvals, strings.Join(g.members, ", "))
}
