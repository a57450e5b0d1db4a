package stack

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
	"approval-workflow/infra"
)

// groupSettings are the keys of a group, such as groups.dba.email.
var groupSettings = []setting[infra.Group]{
	{"email", "Emails", "you@example.com", set(parseAddresses, func(g *infra.Group) *[]string { return &g.Emails })},
	{"approvals", "Approvals", "1", set(parseNumber, func(g *infra.Group) *int { return &g.Approvals })},
}

// groupExample is a command that adds a group.
const groupExample = "pulumi config set --path groups.NAME.email you@example.com"

// groupProblems are problems of the groups, each with the command that fixes it.
type groupProblems []error

func (p groupProblems) Error() string { return errors.Join(p...).Error() }

// setGroups parses the groups: an object with an object for each of them. It leaves the arguments unchanged if something cannot
// be read.
func setGroups(args *arguments, text string) error {
	values := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &values); err != nil || values == nil {
			return groupProblems{fmt.Errorf("groups: %q is not a set of groups. Run: pulumi config rm groups && %s", text, groupExample)}
		}
	}
	var problems groupProblems
	groups := map[string]infra.Group{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		group, wrong := readGroup(groupPath(name), values[name])
		groups[name] = group
		problems = append(problems, wrong...)
	}
	if len(problems) > 0 {
		return problems
	}
	if len(groups) > 0 {
		args.Groups = groups
	}
	return nil
}

// readGroup returns the group that is the value of a path.
func readGroup(path string, value any) (infra.Group, []error) {
	group := infra.Group{Approvals: 1}
	fields, isGroup := value.(map[string]any)
	if !isGroup {
		text := textOf(value)
		addresses, err := parseAddresses(text)
		if err != nil || len(addresses) == 0 || len(approval.CheckAddresses(addresses)) > 0 {
			text = groupSettings[0].example
		}
		return group, []error{fmt.Errorf("%s: %q is not a group, which has the keys email and approvals. Run: %s && %s",
			path, textOf(value), removal(path), assignment(path+".email", text))}
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		i := slices.IndexFunc(groupSettings, func(s setting[infra.Group]) bool { return s.key == key })
		if i < 0 {
			problems = append(problems, unknownGroupKey(path, key, textOf(fields[key])))
			continue
		}
		if err := groupSettings[i].set(&group, textOf(fields[key])); err != nil {
			problems = append(problems, problem(path+"."+key, groupSettings[i].example, err))
		}
	}
	return group, problems
}

// unknownGroupKey returns the problem of a key that no group has.
func unknownGroupKey(path, key, value string) error {
	wrong, keys := path+bracketed(key), keysOf(groupSettings)
	nearest, found := nearest(keys, key)
	if !found {
		return fmt.Errorf("%s: unknown key. A group has %s. Run: %s", wrong, strings.Join(keys, " and "), removal(wrong))
	}
	return fmt.Errorf("%s: unknown key. Did you mean %s? Run: %s && %s", wrong, nearest, removal(wrong),
		assignment(path+"."+nearest, value))
}

// textOf returns a value in the form in which Pulumi passes the value of a key.
func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, _ := json.Marshal(value) // it was JSON
	return string(text)
}

// groupPath returns the path of a group.
func groupPath(name string) string { return "groups" + bracketed(name) }

// bracketed returns the last part of a path.
// https://www.pulumi.com/docs/iac/concepts/config/#structured-configuration
func bracketed(name string) string {
	if approval.CheckGroupName(name) == nil {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}

// explainGroup returns the problem of a group.
func explainGroup(wrong *infra.GroupError, args arguments) error {
	path, group := groupPath(wrong.Group), args.Groups[wrong.Group]
	switch wrong.Field {
	case "Emails":
		return problem(path+".email", groupSettings[0].example, wrong.Err)
	case "Approvals":
		rounds := approval.MaxRounds(max(args.Timeout, time.Second)) // a wrong timeout is reported elsewhere
		most := max(1, min(len(group.Emails), approval.MaxApprovals, rounds))
		return problem(path+".approvals", strconv.Itoa(most), wrong.Err)
	}
	return fmt.Errorf("groups: %w. Run: %s", wrong.Err, removal(path))
}
