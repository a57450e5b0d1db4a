package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxGroupName is the largest number of characters in the name of a group.
const maxGroupName = 40

var groupName = compileOnce(`^[A-Za-z0-9_-]+$`)

// CheckGroupName returns an error unless name can be the name of a group.
func CheckGroupName(name string) error {
	if len(name) > maxGroupName || !groupName().MatchString(name) {
		return fmt.Errorf("%.50q is not the name of a group: 1 to %d letters of ASCII, digits, hyphens and underscores", name, maxGroupName)
	}
	return nil
}

// ParseGroups returns who is asked if a request names no group, and the members of each group, as the function's environment has
// them: the addresses of everybody, and a JSON object with the positions of each group's members among them. The group "" is that
// of the requests that name none. Without the object, it has everybody.
func ParseGroups(addresses []string, text string) (approvers []string, groups map[string][]string, err error) {
	if text == "" {
		return addresses, nil, nil
	}
	var positions map[string][]int
	if err := json.Unmarshal([]byte(text), &positions); err != nil {
		return nil, nil, err
	}
	groups = map[string][]string{}
	for name, members := range positions {
		for _, i := range members {
			if i < 0 || i >= len(addresses) {
				return nil, nil, fmt.Errorf("group %q: no address has the position %d", name, i)
			}
			groups[name] = append(groups[name], addresses[i])
		}
	}
	approvers = groups[""]
	delete(groups, "")
	if len(approvers) == 0 {
		return nil, nil, errors.New("nobody is asked if the request names no group")
	}
	return approvers, groups, nil
}

// members returns the approvers of a group. The group "" is that of the requests that name none. A group that does not exist
// has no members.
func (c Config) members(group string) []string {
	if group == "" {
		return c.Approvers
	}
	return c.Groups[group]
}

// isMember reports whether the approver is in the group.
func (c Config) isMember(group, approver string) bool {
	return containsFold(c.members(group), approver)
}

// isApprover reports whether the approver is in any group.
func (c Config) isApprover(approver string) bool {
	if c.isMember("", approver) {
		return true
	}
	for group := range c.Groups {
		if c.isMember(group, approver) {
			return true
		}
	}
	return false
}

// containsFold reports whether the address is in the list, in any case.
func containsFold(addresses []string, address string) bool {
	return slices.ContainsFunc(addresses, func(a string) bool { return strings.EqualFold(a, address) })
}

// noGroup is what an input asks whose key "group" has a value that no group is called.
const noGroup = "?"

// readGroup returns the group that the value of the key "group" asks for. The value is a lexeme, or "" for none.
func readGroup(value string) string {
	if value == "" {
		return ""
	}
	if name := unquote(value); value[0] == '"' && CheckGroupName(name) == nil {
		return name
	}
	return noGroup
}

// group returns whom the request asks. It depends on the execution only. Before there were groups, the keys "group" and
// "approvals" were data, and such an execution may still be open.
func (r Request) group(details details) string {
	if r.Groups == nil {
		return ""
	}
	return details.group
}

// shownGroup returns the name of the group that the request asks, or "" if there is none to show.
func (r Request) shownGroup(details details) string {
	return strings.TrimPrefix(r.group(details), noGroup)
}

// ownApprovals returns how many approvals the definition of the execution requires of its group.
func (r Request) ownApprovals(details details) int {
	group := r.group(details)
	if group == "" {
		return r.ApprovalsNeeded
	}
	if approvals, known := r.Groups[group]; known {
		return approvals
	}
	return MaxApprovals + 1 // more than anybody can give
}

// needed returns how many approvals the request needs: those of its group, or more if its input says so.
func (r Request) needed(details details) int {
	approvals, _ := strconv.Atoi(details.approvals)
	if r.Groups == nil {
		approvals = 0
	}
	return max(r.ownApprovals(details), approvals)
}

// checkRule returns what is wrong with the keys "group" and "approvals" of an input, for a group with these members. Only the first
// e-mail is refused because of their number, or because the definition is from before there were groups.
func (r Request) checkRule(details details, members []string, first bool) error {
	names := slices.Sorted(maps.Keys(r.Groups))
	_, known := r.Groups[details.group]
	switch {
	case r.Groups == nil && !first, details.group+details.approvals == "":
		return nil
	case r.Groups == nil:
		return errors.New("group and approvals must be left out: this execution began before the workflow knew them")
	case details.group == "" || known:
		return r.checkApprovals(details, members, first)
	case len(names) == 0:
		return errors.New("group must be left out: this workflow has no groups")
	}
	return fmt.Errorf("group must be one of these strings, or left out: %s", strings.Join(names, ", "))
}

// checkApprovals returns an error unless the input asks for at least as many approvals as its group needs, and for as many as the
// members other than the requester can give.
func (r Request) checkApprovals(details details, members []string, first bool) error {
	if details.approvals == "" {
		return nil
	}
	others := 0
	for _, member := range members {
		if !details.requestedBy(member) {
			others++
		}
	}
	least := r.ownApprovals(details)
	most := max(least, min(others, MaxApprovals, MaxRounds(r.Schedule.Duration())))
	if approvals, err := strconv.Atoi(details.approvals); err == nil && approvals >= least && (approvals <= most || !first) {
		return nil
	}
	whose := "the workflow"
	if details.group != "" {
		whose = "the group " + details.group
	}
	numbers := fmt.Sprintf("a whole number from %d to %d", least, most)
	if least == most {
		numbers = fmt.Sprintf("the number %d", least)
	}
	return fmt.Errorf("approvals must be %s, or left out: %s needs %d and has %d approvers who can decide", numbers, whose, least, others)
}
