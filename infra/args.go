package infra

import (
	"errors"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	defaultTimeout            = 24 * time.Hour
	defaultLogRetentionDays   = 30
	defaultAuditRetentionDays = 365
	defaultRequestRate        = 10
	defaultRequestBurst       = 20
)

// ApprovalWorkflowArgs are the arguments of [NewApprovalWorkflow]. A zero value means the default.
type ApprovalWorkflowArgs struct {
	// Code is the function's deployment package: a pulumi.NewFileArchive of the zip that package handler/bundle builds.
	// It is required.
	Code pulumi.ArchiveInput
	// Emails are the addresses of the approvers. SNS asks each of them to confirm a subscription. At least one address
	// is required. There is room for 200 addresses of 3,000 bytes together, with a comma between two of them.
	Emails []string
	// Timeout is how long a request stays open: whole seconds, at most 364 days. Each further
	// approval starts this time again, and together they take at most 364 days. The default is 24 hours.
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
	// Dashboard creates a dashboard in CloudWatch.
	Dashboard bool
	// Audit keeps a record of every execution that ends, in a log group that outlives the stack.
	Audit bool
	// AuditRetentionDays is how long the records are kept: a number of days that CloudWatch Logs accepts. The default is
	// 365.
	AuditRetentionDays int
	// RequestRate is the number of requests a second that the API passes to the function, at most 10,000. It refuses others
	// with 429. The default is 10.
	RequestRate float64
	// RequestBurst is the number of requests that the API passes on at the same moment, at most 5,000. The default is 20.
	RequestBurst int
	// ASCIISubjects replaces every other character than those of ASCII in the subjects of the e-mails by a question mark.
	ASCIISubjects bool
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
	if a.AuditRetentionDays == 0 {
		a.AuditRetentionDays = defaultAuditRetentionDays
	}
	if a.RequestRate == 0 {
		a.RequestRate = defaultRequestRate
	}
	if a.RequestBurst == 0 {
		a.RequestBurst = defaultRequestBurst
	}
	return a
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
