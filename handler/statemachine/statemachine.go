// Package statemachine contains the definition of the approval workflow in the Amazon States Language. The deployment,
// the local run and the tests all execute the text that [Render] returns.
package statemachine

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
)

//go:embed approval.asl.json
var source string

// Render returns the definition for the Lambda function that sends the requests, with e-mails by schedule. The first one comes
// after a random time that is shorter than spread. That many approvers have to agree if the request names no group. Groups has the
// number of each group that it may name. The error lists every problem.
func Render(
	functionARN string, schedule approval.Schedule, spread time.Duration, approvalsNeeded int, groups map[string]int,
) (string, error) {
	function, err := arn.Parse(functionARN)
	if err != nil {
		err = fmt.Errorf("function ARN %q: %w", functionARN, err)
	}
	if schedule.IntervalSeconds < 1 {
		err = errors.Join(err, errors.New("the schedule is empty"))
	}
	if wrong := approval.CheckSpread(spread); wrong != nil {
		err = errors.Join(err, fmt.Errorf("spread: %w", wrong))
	}
	if approvalsNeeded < 1 {
		err = errors.Join(err, fmt.Errorf("%d approvals are needed", approvalsNeeded))
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		err = errors.Join(err, approval.CheckGroupName(name))
		if groups[name] < 1 {
			err = errors.Join(err, fmt.Errorf("%d approvals of the group %s are needed", groups[name], name))
		}
	}
	if err != nil {
		return "", fmt.Errorf("render definition: %w", err)
	}
	if groups == nil {
		groups = map[string]int{} // without this key, the definition would know no groups: see approval.Request
	}
	return render(source, map[string]any{
		"Partition":       function.Partition,
		"FunctionArn":     functionARN,
		"ApprovalsNeeded": approvalsNeeded,
		"Groups":          groups,
		"IntervalSeconds": schedule.IntervalSeconds,
		"PauseSeconds":    schedule.PauseSeconds,
		"Reminders":       schedule.Reminders,
		"Duration":        formatDuration(schedule.Duration()),
		"SpreadSeconds":   randomSeconds(spread),
	})
}

// Function returns the ARN of the Lambda function that a definition sends its requests with.
func Function(definition string) (string, error) {
	var machine struct {
		States struct {
			RequestApproval struct{ Parameters struct{ FunctionName string } }
		}
	}
	err := json.Unmarshal([]byte(definition), &machine)
	function := machine.States.RequestApproval.Parameters.FunctionName
	if err != nil || function == "" {
		return "", errors.New("the definition is not that of an approval workflow")
	}
	return function, nil
}

// randomSeconds returns the call of an intrinsic function: a random number from 0 to the seconds in spread, or else 0. AWS does not say
// what a random number from 0 to 0 is.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#asl-intrsc-func-math-calculation
func randomSeconds(spread time.Duration) string {
	if spread == 0 {
		return "States.MathAdd(0, 0)"
	}
	return fmt.Sprintf("States.MathRandom(0, %d)", spread/time.Second)
}

// formatDuration formats whole seconds as 24h, 90m or 36h30m.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// placeholder matches ${Name} only, because $. and $$. begin the paths of the Amazon States Language.
var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

// render replaces each ${Name} in source. A JSON string that is only a placeholder becomes the value itself: JSON has no
// other place for the placeholder of a number.
func render(source string, values map[string]any) (string, error) {
	var problems []error
	used := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(source, -1) {
		name := match[1]
		if _, ok := values[name]; !ok && !used[name] {
			problems = append(problems, fmt.Errorf("no value for ${%s}", name))
		}
		used[name] = true
	}
	var oldnew []string
	for name, value := range values {
		if !used[name] {
			problems = append(problems, fmt.Errorf("${%s} is not in the definition", name))
		}
		whole, err := json.Marshal(value)
		if err != nil {
			problems = append(problems, fmt.Errorf("encode ${%s}: %w", name, err))
		}
		inside, _ := json.Marshal(fmt.Sprint(value)) // a string always encodes
		oldnew = append(oldnew, `"${`+name+`}"`, string(whole), `${`+name+`}`, string(inside[1:len(inside)-1]))
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return "", fmt.Errorf("render definition: %w", errors.Join(problems...))
	}
	return strings.NewReplacer(oldnew...).Replace(source), nil
}
