package infra

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// ApprovalWorkflowArgs are the arguments of [NewApprovalWorkflow]. A zero value means the default.
type ApprovalWorkflowArgs struct {
	// Code is the function's deployment package: a pulumi.NewFileArchive of the zip that package handler/bundle builds.
	// It is required.
	Code pulumi.ArchiveInput
	// Emails are the addresses of the approvers who are asked if a request names no group. SNS asks each of them to confirm a
	// subscription. At least one address is required. There is room for 200 addresses, with those of the groups, of 3,000 bytes
	// together, with a comma between two of them. The groups also take some of these bytes.
	Emails []string
	// Groups are the groups that a request can name, by name: 1 to 40 letters of ASCII, digits, hyphens and underscores. By
	// default there are none.
	Groups map[string]Group
	// Timeout is how long a request stays open: whole seconds, at most 364 days. Each further
	// approval starts this time again, and together they take at most 364 days. The default is 24 hours.
	Timeout time.Duration
	// Reminders is the number of e-mails after the first one while nobody decides, at most 10. They divide the timeout
	// evenly. The default is none.
	Reminders int
	// Spread is the longest random time before the first e-mail: whole seconds, at most an hour. SNS suspends the subscription of an
	// approver who gets more than 10 e-mails in a second, so it needs a second for each request that may start at the same time. 0
	// sends at once. The default, which nil means, is approval.DefaultSpread.
	Spread *time.Duration
	// Approvals is the number of approvers who have to agree: at most the number of addresses, and at most
	// approval.MaxApprovals. One rejection ends the request. The default is 1.
	Approvals int
	// Confirm makes the links ask before they decide. By default a link decides at once.
	Confirm bool
	// LinkGeneration is the generation of the links: 1 or more. With another one than before, no link works that was sent until
	// then. The default is 1.
	LinkGeneration int
	// Domain is the domain that the links lead to, such as approvals.example.com: at most approval.MaxDomain characters. It needs
	// CertificateArn. By default, links lead to the address that AWS gives to the API.
	Domain string
	// CertificateArn identifies the certificate for Domain: one of AWS Certificate Manager, in the region of the workflow.
	CertificateArn string
	// HostedZoneID is the hosted zone of Route 53 that gets the DNS record of Domain. By default, somebody has to make a record
	// that leads to DomainTarget.
	HostedZoneID string
	// Outcomes says which of the people who were asked get an e-mail when an execution has ended. The default is
	// approval.OutcomesDeciders: whoever decided gets a receipt.
	Outcomes approval.Outcomes
	// NotifyEmails are the addresses of those who learn how every execution has ended. SNS asks each of them to confirm a
	// subscription to OutcomeTopicArn, which queues, functions and other programs can subscribe to too. By default it has no
	// subscription.
	NotifyEmails []string
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
	// Protect makes Pulumi refuse to delete or replace what the links that were sent depend on: the topic, the API, the key and the
	// state machine. So an update that would replace one of them fails, and so does a destroy.
	Protect bool
	// RequestRate is the number of requests a second that the API passes to the function, at most 2,500. It refuses others
	// with 429. The default is 10.
	RequestRate float64
	// RequestBurst is the number of requests that the API passes on at the same moment, at most 1,250. The default is 20.
	RequestBurst int
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
	a.Approvals = cmp.Or(a.Approvals, 1)
	a.Groups = maps.Clone(a.Groups)
	for name, group := range a.Groups {
		a.Groups[name] = Group{Emails: group.Emails, Approvals: cmp.Or(group.Approvals, 1)}
	}
	a.Timeout = cmp.Or(a.Timeout, 24*time.Hour)
	a.Spread = cmp.Or(a.Spread, new(approval.DefaultSpread))
	a.LinkGeneration = cmp.Or(a.LinkGeneration, 1)
	a.Outcomes = cmp.Or(a.Outcomes, approval.OutcomesDeciders)
	a.LogRetentionDays = cmp.Or(a.LogRetentionDays, 30)
	a.AuditRetentionDays = cmp.Or(a.AuditRetentionDays, 365)
	a.RequestRate = cmp.Or(a.RequestRate, 10)
	a.RequestBurst = cmp.Or(a.RequestBurst, 20)
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

// logRetentions are the numbers of days that CloudWatch Logs accepts.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var logRetentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

const (
	// maxAddresses limits the approvers' addresses and the positions of their groups together, in bytes. The environment of a
	// function has 4 KB, and Lambda measures it as JSON, in which a quotation mark takes two bytes.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	// https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594
	maxAddresses = 3_000
	// maxApprovers is the number of filter policies that a topic has room for.
	// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
	maxApprovers = 200
)

// The default quota of an account for all its APIs together in 13 regions, such as Milan or Cape Town. In the others it is 10,000 and
// 5,000, but an approval workflow needs neither, and what is correct in one region is so in all.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	maxRequestRate  = 2_500
	maxRequestBurst = 1_250
)

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
	known := len(problems) == 0 // with wrong addresses, the number of approvers is unknown
	if known {
		check("Approvals", approval.CheckApprovals(a.Approvals, len(a.Emails)))
	}
	groups := a.checkGroups()
	if known && len(a.Groups) > 0 && len(groups) == 0 {
		groups = append(groups, a.checkRoom())
	}
	check("Groups", groups...)
	check("Timeout", approval.CheckTimeout(a.Timeout, a.Reminders), approval.CheckRounds(a.Timeout, a.Approvals))
	check("Reminders", approval.CheckReminders(a.Reminders))
	if a.Spread != nil {
		check("Spread", approval.CheckSpread(*a.Spread))
	}
	check("LinkGeneration", checkGeneration(a.LinkGeneration))
	problems = append(problems, a.checkDomains()...)
	check("LogRetentionDays", checkRetention(a.LogRetentionDays))
	_, err := approval.ParseOutcomes(string(a.Outcomes))
	check("Outcomes", err)
	check("NotifyEmails", approval.CheckAddresses(a.NotifyEmails)...)
	check("AlarmEmails", approval.CheckAddresses(a.AlarmEmails)...)
	check("AuditRetentionDays", checkRetention(a.AuditRetentionDays))
	if a.RequestRate <= 0 || a.RequestRate > maxRequestRate {
		check("RequestRate", fmt.Errorf("%g is not more than 0 and at most %d", a.RequestRate, maxRequestRate))
	}
	if a.RequestBurst < 1 || a.RequestBurst > maxRequestBurst {
		check("RequestBurst", fmt.Errorf("%d is not between 1 and %d", a.RequestBurst, maxRequestBurst))
	}
	return problems
}

func checkRetention(days int) error {
	if slices.Contains(logRetentions, days) {
		return nil
	}
	return fmt.Errorf("%d is not one of %s", days, strings.Trim(fmt.Sprint(logRetentions), "[]"))
}

func checkGeneration(generation int) error {
	if generation < 1 {
		return fmt.Errorf("%d is not 1 or more", generation)
	}
	return nil
}

// checkNumber returns an error unless there are approvers and AWS has room for all of them.
func checkNumber(emails []string) error {
	length := len(strings.Join(emails, ","))
	switch {
	case len(emails) == 0:
		return errNoAddress
	case len(emails) > maxApprovers:
		return fmt.Errorf("there are %d addresses, and the topic has room for %d", len(emails), maxApprovers)
	case length > maxAddresses:
		return fmt.Errorf("the addresses have %d bytes, and the function's environment has room for %d", length, maxAddresses)
	}
	return nil
}

// maxName is the number of characters that a workflow's name can have. A role has the longest name of all resources: the
// name of the workflow, an ending, and eight characters that Pulumi adds.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
const maxName = 64 - len(separator+stateMachinePart) - len("-1234567")

// separator is between the name of a workflow and that of one of its parts. A workflow's name cannot contain it: the identity of
// a resource in Pulumi has the type of its parent but not the parent's name, so "release" with a part "alarms" must differ from
// every resource of a workflow "release-alarms".
const separator = "--"

// nameCharacters are those that the names of all resources can have. Step Functions writes no log for other names.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
var nameCharacters = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// CheckName returns an error unless AWS accepts the names of resources that begin with a workflow's name.
func CheckName(name string) error {
	switch {
	case !nameCharacters.MatchString(name):
		return fmt.Errorf("the name %q can have only letters, digits, - and _", name)
	case strings.Contains(name, separator) || strings.HasSuffix(name, "-"):
		return fmt.Errorf("the name %q can neither contain %s nor end in -", name, separator)
	case len(name) > maxName:
		return fmt.Errorf("the name %q has %d characters, and the names of the resources have room for %d",
			name, len(name), maxName)
	}
	return nil
}
