package infra

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
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

const (
	// maxAddresses limits the approvers' addresses together, in bytes. The environment of a function has 4 KB.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxAddresses = 3_000
	// maxApprovers is the number of filter policies that a topic has room for.
	// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
	maxApprovers = 200
)

// ApprovalWorkflowArgs are the arguments of [NewApprovalWorkflow]. A zero value means the default.
type ApprovalWorkflowArgs struct {
	// Code is the function's deployment package: a pulumi.NewFileArchive of the zip that package handler/bundle builds.
	// It is required.
	Code pulumi.ArchiveInput
	// Emails are the addresses of the approvers. SNS asks each of them to confirm a subscription. At least one address
	// is required. There is room for 200 addresses of 3,000 bytes together, with a comma between two of them.
	Emails []string
	// Timeout is how long a request stays open: whole seconds, at most a year. The default is 24 hours.
	Timeout time.Duration
	// Reminders is the number of e-mails after the first one while nobody decides, at most 10. They divide the timeout
	// evenly. The default is none.
	Reminders int
	// Approvals is the number of approvers who have to agree: at most the number of addresses, and at most
	// approval.MaxApprovals. One rejection ends the request. The default is 1.
	Approvals int
	// Confirm makes the links ask before they decide. By default a link decides at once.
	Confirm bool
	// LogRetentionDays is how long logs are kept: a number of days that CloudWatch Logs accepts. The default is 30.
	LogRetentionDays int
	// AlarmEmails are the addresses of the operators. SNS asks each of them to confirm a subscription. By default
	// nobody gets an e-mail, and the alarms only show in the CloudWatch console.
	AlarmEmails []string
	// Queues are the ARNs of the SQS queues that may subscribe to the approvers' topic, for tests. Whoever reads such a
	// queue can decide in the name of every approver. By default only the approvers' addresses may subscribe.
	Queues []string
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
	if a.Approvals == 0 {
		a.Approvals = 1
	}
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
	check("Emails", approval.CheckAddresses(a.Emails)...)
	check("Emails", checkNumber(a.Emails))
	if len(problems) == 0 { // with wrong addresses, the number of approvers is unknown
		check("Approvals", approval.CheckApprovals(a.Approvals, len(a.Emails)))
	}
	check("Timeout", approval.CheckTimeout(a.Timeout, a.Reminders))
	check("Reminders", approval.CheckReminders(a.Reminders))
	if !slices.Contains(logRetentions, a.LogRetentionDays) {
		check("LogRetentionDays", fmt.Errorf("%d is not one of %s",
			a.LogRetentionDays, strings.Trim(fmt.Sprint(logRetentions), "[]")))
	}
	check("AlarmEmails", approval.CheckAddresses(a.AlarmEmails)...)
	check("Queues", checkQueues(a.Queues)...)
	return problems
}

// checkNumber returns an error unless there are approvers and AWS has room for all of them.
func checkNumber(emails []string) error {
	length := len(strings.Join(emails, ","))
	switch {
	case len(emails) == 0:
		return errors.New("at least one address is required")
	case len(emails) > maxApprovers:
		return fmt.Errorf("there are %d addresses, and the topic has room for %d", len(emails), maxApprovers)
	case length > maxAddresses:
		return fmt.Errorf("the addresses have %d bytes, and the function's environment has room for %d", length, maxAddresses)
	}
	return nil
}

func checkQueues(queues []string) []error {
	var problems []error
	for _, queue := range queues {
		if parsed, err := arn.Parse(queue); err != nil || parsed.Service != "sqs" {
			problems = append(problems, fmt.Errorf("%q is not the ARN of an SQS queue", queue))
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
