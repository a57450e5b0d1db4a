// Package stack reads the arguments of the approval workflow from the configuration of a Pulumi stack. Its errors are
// for whoever runs the pulumi command.
package stack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"approval-workflow/handler/approval"
	"approval-workflow/infra"
)

// setting is a key of the configuration. Pulumi.yaml describes it to users.
type setting struct {
	key      string
	argument string // the field of infra.ApprovalWorkflowArgs that the key sets
	example  string // a correct value
	set      func(args *infra.ApprovalWorkflowArgs, text string) error
}

var settings = []setting{
	{"email", "Emails", "you@example.com", set(approval.ParseAddresses,
		func(args *infra.ApprovalWorkflowArgs) *[]string { return &args.Emails })},
	{"timeout", "Timeout", "24h", set(approval.ParseTimeout,
		func(args *infra.ApprovalWorkflowArgs) *time.Duration { return &args.Timeout })},
	{"reminders", "Reminders", "2", set(parseNumber,
		func(args *infra.ApprovalWorkflowArgs) *int { return &args.Reminders })},
	{"approvals", "Approvals", "1", set(parseNumber,
		func(args *infra.ApprovalWorkflowArgs) *int { return &args.Approvals })},
	{"confirm", "Confirm", "true", set(parseBool,
		func(args *infra.ApprovalWorkflowArgs) *bool { return &args.Confirm })},
	{"logRetentionDays", "LogRetentionDays", "30", set(parseNumber,
		func(args *infra.ApprovalWorkflowArgs) *int { return &args.LogRetentionDays })},
	{"alarmEmail", "AlarmEmails", "ops@example.com", set(approval.ParseAddresses,
		func(args *infra.ApprovalWorkflowArgs) *[]string { return &args.AlarmEmails })},
	{"dashboard", "Dashboard", "true", set(parseBool,
		func(args *infra.ApprovalWorkflowArgs) *bool { return &args.Dashboard })},
	{"audit", "Audit", "true", set(parseBool,
		func(args *infra.ApprovalWorkflowArgs) *bool { return &args.Audit })},
	{"auditRetentionDays", "AuditRetentionDays", "365", set(parseNumber,
		func(args *infra.ApprovalWorkflowArgs) *int { return &args.AuditRetentionDays })},
}

// set returns a function that parses a text into a field of the arguments. It leaves the field unchanged if the text is
// wrong, so that the text causes no second error.
func set[T any](
	parse func(text string) (T, error), field func(*infra.ApprovalWorkflowArgs) *T,
) func(*infra.ApprovalWorkflowArgs, string) error {
	return func(args *infra.ApprovalWorkflowArgs, text string) error {
		value, err := parse(text)
		if err == nil {
			*field(args) = value
		}
		return err
	}
}

// LoadArgs returns the arguments that the stack's configuration sets. A key that is not set has the default, and Code
// is nil. Its error lists every problem, each with the command that fixes it.
func LoadArgs(ctx *pulumi.Context) (*infra.ApprovalWorkflowArgs, error) {
	problems := unknownKeys(ctx.Project())
	values := config.New(ctx, "")
	args := infra.ApprovalWorkflowArgs{}.WithDefaults()
	unread := map[string]bool{} // arguments
	for _, s := range settings {
		text, err := values.Try(s.key)
		if err != nil { // the key is not set
			continue
		}
		if err := s.set(&args, text); err != nil {
			problems = append(problems, s.problem(err))
			unread[s.argument] = true
		}
	}
	for _, wrong := range args.Validate() {
		if !unread[wrong.Argument] {
			problems = append(problems, explain(wrong, args))
		}
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("configuration of the stack:\n%w", errors.Join(problems...))
	}
	return &args, nil
}

func parseNumber(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return number, nil
}

func parseBool(text string) (bool, error) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		suggestion := map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}[strings.ToLower(text)]
		return false, &approval.SettingError{Problem: fmt.Sprintf("%q is not true or false", text), Suggestion: suggestion}
	}
	return value, nil
}
