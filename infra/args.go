package infra

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

const (
	defaultTimeout          = 24 * time.Hour
	defaultLogRetentionDays = 30
)

// logRetentions are the numbers of days that CloudWatch Logs accepts.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var logRetentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// ApprovalWorkflowArgs are the arguments of [NewApprovalWorkflow]. A zero value means the default.
type ApprovalWorkflowArgs struct {
	// Code is the function's deployment package: a pulumi.NewFileArchive of the zip that package handler/bundle builds. It
	// is required.
	Code pulumi.ArchiveInput
	// Emails are the addresses of the approvers. SNS asks each of them to confirm a subscription. At least one address is
	// required.
	Emails []string
	// Timeout is how long a request stays open: whole seconds, at most a year. The default is 24 hours.
	Timeout time.Duration
	// Reminders is the number of e-mails after the first one while nobody decides, at most 10. They divide the timeout
	// evenly. The default is none.
	Reminders int
	// Confirm makes the links ask before they decide. By default a link decides at once.
	Confirm bool
	// LogRetentionDays is how long logs are kept: a number of days that CloudWatch Logs accepts. The default is 30.
	LogRetentionDays int
	// AlarmEmails are the addresses of the operators. SNS asks each of them to confirm a subscription. By default nobody
	// gets an e-mail, and the alarms only show in the CloudWatch console.
	AlarmEmails []string
}

// ArgumentError reports a problem of one argument.
type ArgumentError struct {
	// Argument is the name of the field, such as Timeout.
	Argument string
	// Err says what is wrong.
	Err error
}

func (e *ArgumentError) Error() string { return e.Argument + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *ArgumentError) Unwrap() error { return e.Err }

// WithDefaults returns a copy of the arguments with the default in place of each zero value.
func (a ApprovalWorkflowArgs) WithDefaults() ApprovalWorkflowArgs {
	if a.Timeout == 0 {
		a.Timeout = defaultTimeout
	}
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = defaultLogRetentionDays
	}
	return a
}

// Validate returns every problem of the arguments. It does not check Code, and it does not apply the defaults first.
func (a ApprovalWorkflowArgs) Validate() []*ArgumentError {
	var problems []*ArgumentError
	check := func(argument string, errs ...error) {
		for _, err := range errs {
			if err != nil {
				problems = append(problems, &ArgumentError{Argument: argument, Err: err})
			}
		}
	}
	if len(a.Emails) == 0 {
		check("Emails", errors.New("at least one address is required"))
	}
	check("Emails", checkAddresses(a.Emails)...)
	check("Timeout", approval.CheckTimeout(a.Timeout, a.Reminders))
	check("Reminders", approval.CheckReminders(a.Reminders))
	if !slices.Contains(logRetentions, a.LogRetentionDays) {
		check("LogRetentionDays", fmt.Errorf("%d is not one of %s", a.LogRetentionDays, strings.Trim(fmt.Sprint(logRetentions), "[]")))
	}
	check("AlarmEmails", checkAddresses(a.AlarmEmails)...)
	return problems
}

func checkAddresses(emails []string) []error {
	var problems []error
	for i, email := range emails {
		address, err := mail.ParseAddress(email)
		switch {
		case err != nil || address.Address != email:
			problems = append(problems, fmt.Errorf("%q is not an e-mail address", email))
		case slices.ContainsFunc(emails[:i], func(e string) bool { return strings.EqualFold(e, email) }):
			problems = append(problems, fmt.Errorf("%q is listed twice", email))
		}
	}
	return problems
}

// complete returns the arguments with defaults. Its error lists every problem, each as an [*ArgumentError].
func (a *ApprovalWorkflowArgs) complete() (ApprovalWorkflowArgs, error) {
	if a == nil {
		a = &ApprovalWorkflowArgs{}
	}
	completed := a.WithDefaults()
	var problems []error
	if a.Code == nil {
		problems = append(problems, &ArgumentError{Argument: "Code", Err: errors.New("a deployment package is required")})
	}
	for _, problem := range completed.Validate() {
		problems = append(problems, problem)
	}
	return completed, errors.Join(problems...)
}
