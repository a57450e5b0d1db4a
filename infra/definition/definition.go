// Package definition holds the Amazon States Language definition of the approval workflow. It imports neither Pulumi
// nor AWS, so that the deployment, the local run and the tests all execute the very same text.
package definition

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed approval.asl.json
var source string

// Args fills the placeholders of the definition.
type Args struct {
	// Partition is the AWS partition of the state machine: aws, aws-cn, aws-us-gov, ...
	Partition string
	// FunctionArn names the Lambda function that sends the approval request.
	FunctionArn string
	// Timeout is how long a request stays open; whole seconds.
	Timeout time.Duration
	// Reminders is how many e-mails follow the first while nobody decides. They split the timeout evenly.
	Reminders int
}

// pause is between the end of a span and its reminder: Retry's IntervalSeconds, which is at least a second.
const pause = time.Second

// span is how long each e-mail's links work, in whole seconds.
func (a Args) span() time.Duration {
	pauses := time.Duration(a.Reminders) * pause
	return ((a.Timeout - pauses) / time.Duration(a.Reminders+1)).Truncate(time.Second)
}

// waited is how long a request that nobody decides stays open: at most the timeout, which may not split into whole
// seconds.
func (a Args) waited() time.Duration {
	return a.span() + time.Duration(a.Reminders)*(pause+a.span())
}

// CheckTimeout tells what is wrong with a timeout and the reminders that split it, if anything.
func CheckTimeout(timeout time.Duration, reminders int) error {
	switch {
	case timeout < time.Second || timeout%time.Second != 0:
		return fmt.Errorf("timeout %s is not a positive number of whole seconds", timeout)
	case reminders < 0:
		return fmt.Errorf("reminders %d is negative", reminders)
	case Args{Timeout: timeout, Reminders: reminders}.span() < time.Second:
		return fmt.Errorf("timeout %s leaves no second for each of the %d e-mails", timeout, reminders+1)
	}
	return nil
}

// Render returns the definition with args in place of its placeholders, or an error that names every fault.
func Render(args Args) (string, error) {
	var faults []error
	if args.Partition == "" {
		faults = append(faults, errors.New("partition is empty"))
	}
	if args.FunctionArn == "" {
		faults = append(faults, errors.New("function ARN is empty"))
	}
	faults = append(faults, CheckTimeout(args.Timeout, args.Reminders))
	if err := errors.Join(faults...); err != nil {
		return "", fmt.Errorf("render definition: %w", err)
	}
	return render(source, map[string]any{
		"Partition":   args.Partition,
		"FunctionArn": args.FunctionArn,
		"SpanSeconds": int64(args.span() / time.Second),
		"Pause":       int64(pause / time.Second),
		"Reminders":   args.Reminders,
		"Waited":      spell(args.waited()),
	})
}

// spell writes whole seconds as 24h, 90m or 36h30m.
func spell(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Only ${Name} is a placeholder: $. and $$. begin the paths of the Amazon States Language.
var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

// render replaces each ${Name}. A JSON string that is nothing but a placeholder becomes the value itself, so that a
// number may stand where JSON has no other way to write a placeholder.
func render(source string, values map[string]any) (string, error) {
	var faults []error
	used := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(source, -1) {
		name := match[1]
		if _, ok := values[name]; !ok && !used[name] {
			faults = append(faults, fmt.Errorf("no value for ${%s}", name))
		}
		used[name] = true
	}
	var oldnew []string
	for name, value := range values {
		if !used[name] {
			faults = append(faults, fmt.Errorf("${%s} is not in the definition", name))
		}
		whole, err := json.Marshal(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("encode ${%s}: %w", name, err))
		}
		inside, _ := json.Marshal(fmt.Sprint(value))
		oldnew = append(oldnew, `"${`+name+`}"`, string(whole), `${`+name+`}`, string(inside[1:len(inside)-1]))
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return "", fmt.Errorf("render definition: %w", errors.Join(faults...))
	}
	return strings.NewReplacer(oldnew...).Replace(source), nil
}
