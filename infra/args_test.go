package infra

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

const (
	noCode           = "Code: a deployment package is required"
	noEmails         = "Emails: at least one address is required"
	retentionNumbers = "1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
)

// validations are changes of correct arguments, and the problems that they make.
var validations = []struct {
	name   string
	change func(*ApprovalWorkflowArgs)
	want   []string
}{
	{"valid", func(*ApprovalWorkflowArgs) {}, nil},
	{"no approver", func(a *ApprovalWorkflowArgs) { a.Emails, a.Approvals = nil, 1 }, []string{noEmails}},
	{"approvers", func(a *ApprovalWorkflowArgs) {
		a.Emails = []string{"you@example.com", "x", "You <you@example.com>", "YOU@example.com", ""}
	}, []string{
		`Emails: "x" is not an e-mail address`, `Emails: "You <you@example.com>" is not an e-mail address`,
		`Emails: "YOU@example.com" is listed twice`, `Emails: "" is not an e-mail address`,
	}},
	{"as many approvers as there is room for", func(a *ApprovalWorkflowArgs) {
		a.Emails = addresses(maxApprovers, maxAddresses)
	}, nil},
	{"one approver too many", func(a *ApprovalWorkflowArgs) { a.Emails = addresses(maxApprovers+1, 0) },
		[]string{"Emails: there are 201 addresses, and the topic has room for 200"}},
	{"too long addresses", func(a *ApprovalWorkflowArgs) { a.Emails = addresses(100, maxAddresses+1) },
		[]string{"Emails: the addresses have 3001 bytes, and the function's environment has room for 3000"}},
	{"no approvals", func(a *ApprovalWorkflowArgs) { a.Approvals = 0 },
		[]string{"Approvals: 0 is not between 1 and the number of approvers (2)"}},
	{"negative approvals", func(a *ApprovalWorkflowArgs) { a.Approvals = -1 },
		[]string{"Approvals: -1 is not between 1 and the number of approvers (2)"}},
	{"one approval", func(a *ApprovalWorkflowArgs) { a.Approvals = 1 }, nil},
	{"more approvals than approvers", func(a *ApprovalWorkflowArgs) { a.Approvals = 3 },
		[]string{"Approvals: 3 is not between 1 and the number of approvers (2)"}},
	{"most approvals", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Approvals = addresses(maxApprovers, maxAddresses), approval.MaxApprovals
	}, nil},
	{"approvals that do not fit into an execution", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Approvals = addresses(maxApprovers, maxAddresses), approval.MaxApprovals+1
	}, []string{"Approvals: 32 is more than 31, the largest number whose records fit into the output"}},
	{"queues", func(a *ApprovalWorkflowArgs) {
		a.Queues = []string{"https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:sns:eu-west-1:1:t", "*", testArgs.Queues[0]}
	}, []string{
		`Queues: "https://sqs.eu-west-1.amazonaws.com/1/q" is not the ARN of an SQS queue`,
		`Queues: "arn:aws:sns:eu-west-1:1:t" is not the ARN of an SQS queue`, `Queues: "*" is not the ARN of an SQS queue`,
	}},
	{"no timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 0 }, []string{"Timeout: 0s is not between 1s and 8736h (364 days)"}},
	{"negative timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = -time.Hour },
		[]string{"Timeout: -1h0m0s is not between 1s and 8736h (364 days)"}},
	{"short timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 4 * time.Second },
		[]string{"Timeout: 4s leaves no second for each of the 3 e-mails"}},
	{"negative reminders", func(a *ApprovalWorkflowArgs) { a.Reminders = -1 }, []string{"Reminders: -1 is not between 0 and 10"}},
	{"no retention", func(a *ApprovalWorkflowArgs) { a.LogRetentionDays = 0 },
		[]string{"LogRetentionDays: 0 is not one of " + retentionNumbers}},
	{"long rounds", func(a *ApprovalWorkflowArgs) { a.Timeout = 4369 * time.Hour }, []string{"Timeout: 4369h0m0s is too long for " +
		"2 approvals: each starts the time again, and together they may take at most 8736h (364 days)"}},
	{"longest rounds", func(a *ApprovalWorkflowArgs) { a.Timeout = 4368 * time.Hour }, nil},
	{"no audit retention", func(a *ApprovalWorkflowArgs) { a.AuditRetentionDays = 366 },
		[]string{"AuditRetentionDays: 366 is not one of " + retentionNumbers}},
	{"negative rate", func(a *ApprovalWorkflowArgs) { a.RequestRate, a.RequestBurst = -1, -1 }, []string{
		"RequestRate: -1 is not more than 0 and at most 10000", "RequestBurst: -1 is not between 1 and 5000",
	}},
	{"too high rate", func(a *ApprovalWorkflowArgs) { a.RequestRate, a.RequestBurst = 10_001, 5_001 }, []string{
		"RequestRate: 10001 is not more than 0 and at most 10000", "RequestBurst: 5001 is not between 1 and 5000",
	}},
	{"operators", func(a *ApprovalWorkflowArgs) { a.AlarmEmails = []string{"ops", "a@example.com", "A@example.com"} },
		[]string{`AlarmEmails: "ops" is not an e-mail address`, `AlarmEmails: "A@example.com" is listed twice`}},
}

func TestValidate(t *testing.T) {
	for _, test := range validations {
		args := testArgs
		test.change(&args)
		var got []string
		for _, problem := range args.Validate() {
			got = append(got, problem.Error())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// wrongArgs are arguments that NewApprovalWorkflow refuses, and the lines of its error.
var wrongArgs = []struct {
	name string
	args *ApprovalWorkflowArgs
	want []string
}{
	{"nil", nil, []string{noCode, noEmails}},
	{"zero", &ApprovalWorkflowArgs{}, []string{noCode, noEmails}},
	{"no code", &ApprovalWorkflowArgs{Emails: testArgs.Emails}, []string{noCode}},
	{"no emails", &ApprovalWorkflowArgs{Code: testArgs.Code}, []string{noEmails}},
	{
		"everything",
		&ApprovalWorkflowArgs{
			Emails: []string{"x"}, Timeout: 1500 * time.Millisecond, Reminders: 11, Approvals: 2, LogRetentionDays: 31,
			AlarmEmails: []string{"y"}, Queues: []string{"z"},
		},
		[]string{
			noCode, `Emails: "x" is not an e-mail address`, "Timeout: 1.5s is not a whole number of seconds",
			"Reminders: 11 is not between 0 and 10",
			"LogRetentionDays: 31 is not one of " + retentionNumbers,
			`AlarmEmails: "y" is not an e-mail address`, `Queues: "z" is not the ARN of an SQS queue`,
		},
	},
}

func TestNewApprovalWorkflowListsEveryProblem(t *testing.T) {
	for _, test := range wrongArgs {
		c := &cloud{partition: "aws"}
		var err error
		run(t, c, func(ctx *pulumi.Context) error {
			_, err = NewApprovalWorkflow(ctx, "approval", test.args)
			return nil
		})
		if !errors.As(err, new(*ArgumentError)) {
			t.Fatalf("%s: error = %v, want an *ArgumentError", test.name, err)
		}
		lines := strings.Split(err.Error(), "\n")
		if diff := cmp.Diff(append([]string{"arguments of approval workflow approval:"}, test.want...), lines); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", test.name, diff)
		}
		if len(c.resources) > 0 {
			t.Errorf("%s: %d resources were registered, want none", test.name, len(c.resources))
		}
	}
}
