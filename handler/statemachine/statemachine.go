// Package statemachine contains the definition of the approval workflow in the Amazon States Language. The deployment,
// the local run and the tests all execute the text that [Render] returns.
package statemachine

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
)

//go:embed approval.asl.json
var source string

// Render returns the definition for the Lambda function that sends the requests, with e-mails by schedule. That many
// approvers have to agree. Its error lists every problem.
func Render(functionARN string, schedule approval.Schedule, approvalsNeeded int) (string, error) {
	function, err := arn.Parse(functionARN)
	if err != nil {
		err = fmt.Errorf("function ARN %q: %w", functionARN, err)
	}
	if schedule.IntervalSeconds < 1 {
		err = errors.Join(err, errors.New("the schedule is empty"))
	}
	if approvalsNeeded < 1 {
		err = errors.Join(err, fmt.Errorf("%d approvals are needed", approvalsNeeded))
	}
	if err != nil {
		return "", fmt.Errorf("render definition: %w", err)
	}
	return render(source, map[string]any{
		"Partition":       function.Partition,
		"FunctionArn":     functionARN,
		"ApprovalsNeeded": approvalsNeeded,
		"IntervalSeconds": schedule.IntervalSeconds,
		"PauseSeconds":    schedule.PauseSeconds,
		"Reminders":       schedule.Reminders,
		"Duration":        formatDuration(schedule.Duration()),
	})
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
