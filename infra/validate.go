package infra

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
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

// The limits of an account for all APIs together.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	maxRequestRate  = 10_000
	maxRequestBurst = 5_000
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
	if len(problems) == 0 { // with wrong addresses, the number of approvers is unknown
		check("Approvals", approval.CheckApprovals(a.Approvals, len(a.Emails)))
	}
	check("Timeout", approval.CheckTimeout(a.Timeout, a.Reminders), approval.CheckRounds(a.Timeout, a.Approvals))
	check("Reminders", approval.CheckReminders(a.Reminders))
	check("LogRetentionDays", checkRetention(a.LogRetentionDays))
	check("AlarmEmails", approval.CheckAddresses(a.AlarmEmails)...)
	check("AuditRetentionDays", checkRetention(a.AuditRetentionDays))
	if a.RequestRate <= 0 || a.RequestRate > maxRequestRate {
		check("RequestRate", fmt.Errorf("%g is not more than 0 and at most %d", a.RequestRate, maxRequestRate))
	}
	if a.RequestBurst < 1 || a.RequestBurst > maxRequestBurst {
		check("RequestBurst", fmt.Errorf("%d is not between 1 and %d", a.RequestBurst, maxRequestBurst))
	}
	check("Queues", checkQueues(a.Queues)...)
	return problems
}

func checkRetention(days int) error {
	if slices.Contains(logRetentions, days) {
		return nil
	}
	return fmt.Errorf("%d is not one of %s", days, strings.Trim(fmt.Sprint(logRetentions), "[]"))
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
