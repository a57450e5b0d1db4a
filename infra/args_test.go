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
	{"more approvals than approvers", func(a *ApprovalWorkflowArgs) { a.Approvals = 3 },
		[]string{"Approvals: 3 is not between 1 and the number of approvers (2)"}},
	{"most approvals", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Approvals = addresses(maxApprovers, maxAddresses), approval.MaxApprovals
	}, nil},
	{"approvals that do not fit into an execution", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Approvals = addresses(maxApprovers, maxAddresses), approval.MaxApprovals+1
	}, []string{"Approvals: 32 is more than 31, the largest number whose records fit into the output"}},
	{"no timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 0 },
		[]string{"Timeout: 0s is not between 1s and 8736h (364 days)"}},
	{"short timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 4 * time.Second },
		[]string{"Timeout: 4s leaves no second for each of the 3 e-mails"}},
	{"negative reminders", func(a *ApprovalWorkflowArgs) { a.Reminders = -1 },
		[]string{"Reminders: -1 is not between 0 and 10"}},
	{"no retention", func(a *ApprovalWorkflowArgs) { a.LogRetentionDays = 0 },
		[]string{"LogRetentionDays: 0 is not one of " + retentionNumbers}},
	{"long rounds", func(a *ApprovalWorkflowArgs) { a.Timeout = 4369 * time.Hour },
		[]string{"Timeout: 4369h0m0s is too long for 2 approvals: each starts the time again, and together they may take at " +
			"most 8736h (364 days)"}},
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
		var got []string
		for _, problem := range with(test.change).Validate() {
			got = append(got, problem.Error())
			if !errors.Is(problem, problem.Err) {
				t.Errorf("%s: %v does not wrap what is wrong", test.name, problem)
			}
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
	{"no emails", &ApprovalWorkflowArgs{Code: testArgs.Code}, []string{noEmails}},
	{
		"everything",
		&ApprovalWorkflowArgs{
			Emails: []string{"x"}, Timeout: 1500 * time.Millisecond, Reminders: 11, Approvals: 2, LogRetentionDays: 31,
			AlarmEmails: []string{"y"},
		},
		[]string{
			noCode, `Emails: "x" is not an e-mail address`, "Timeout: 1.5s is not a whole number of seconds",
			"Reminders: 11 is not between 0 and 10",
			"LogRetentionDays: 31 is not one of " + retentionNumbers,
			`AlarmEmails: "y" is not an e-mail address`,
		},
	},
}

func TestNewApprovalWorkflowListsEveryProblem(t *testing.T) {
	for _, test := range wrongArgs {
		err := refused(t, "approval", test.args)
		if !errors.As(err, new(*ArgumentError)) {
			t.Fatalf("%s: error = %v, want an *ArgumentError", test.name, err)
		}
		lines := strings.Split(err.Error(), "\n")
		if diff := cmp.Diff(append([]string{"arguments of approval workflow approval:"}, test.want...), lines); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", test.name, diff)
		}
	}
	if err := refused(t, "v1.2", &testArgs); err == nil {
		t.Error("NewApprovalWorkflow accepts the name v1.2")
	}
}

// refused returns the error of NewApprovalWorkflow, and checks that nothing is registered.
func refused(t *testing.T, name string, args *ApprovalWorkflowArgs) (err error) {
	t.Helper()
	c := &cloud{partition: "aws"}
	run(t, c, func(ctx *pulumi.Context) error {
		_, err = NewApprovalWorkflow(ctx, name, args)
		return nil
	})
	if len(c.resources) > 0 {
		t.Errorf("%s, %v: %d resources are registered, want none", name, args, len(c.resources))
	}
	return err
}

func TestZeroValuesMeanTheDefaults(t *testing.T) {
	args := ApprovalWorkflowArgs{Code: testArgs.Code, Emails: testArgs.Emails}
	zero := deploy(t, &cloud{partition: "aws"}, args, "approval")
	args.Timeout, args.Reminders, args.Approvals, args.Confirm = 24*time.Hour, 0, 1, false
	args.LogRetentionDays, args.AuditRetentionDays, args.RequestRate, args.RequestBurst = 30, 365, 10, 20
	explicit := deploy(t, &cloud{partition: "aws"}, args, "approval")
	if diff := cmp.Diff(explicit.picture(t, "approval"), zero.picture(t, "approval")); diff != "" {
		t.Errorf("graph (-explicit defaults +zero values):\n%s", diff)
	}
	if got := (ApprovalWorkflowArgs{}).WithDefaults().AuditRetentionDays; got != 365 { // not in the graph without Audit
		t.Errorf("AuditRetentionDays = %d, want 365", got)
	}
}

// nameLimits are the numbers of characters that AWS accepts in the names of resources that Pulumi names.
var nameLimits = map[string]int{
	"aws:apigatewayv2/api:Api":      128,
	ruleToken:                       64,
	logGroupToken:                   512,
	alarmToken:                      255,
	"aws:iam/role:Role":             64,
	"aws:iam/rolePolicy:RolePolicy": 128,
	functionToken:                   64,
	stateMachineToken:               80,
	"aws:sns/topic:Topic":           256,
	filterToken:                     512,
}

// TestNamesHaveRoom checks that the longest name of a workflow leaves room for the names of all resources, and no more.
func TestNamesHaveRoom(t *testing.T) {
	c := deploy(t, &cloud{partition: "aws"}, testArgs, strings.Repeat("n", maxName))
	room := 512
	for token, limit := range nameLimits {
		named := c.ofType(token)
		if len(named) == 0 {
			t.Errorf("no %s is created", token)
		}
		for name := range named {
			room = min(room, limit-len(name+"-1234567"))
		}
	}
	if room != 0 {
		t.Errorf("the names of all resources leave room for %d more characters, want 0", room)
	}
}

func TestCheckName(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("n", maxName): "", "approval-workflow-dev": "", "Release_Gate2": "",
		"approval-workflow-a-stack-with-too-long-a-name": `the name "approval-workflow-a-stack-with-too-long-a-name" has ` +
			`46 characters, and the names of the resources have room for 41`,
		"":                       `the name "" can have only letters, digits, - and _`,
		"approval-workflow-v1.2": `the name "approval-workflow-v1.2" can have only letters, digits, - and _`,
		"prod\n":                 `the name "prod\n" can have only letters, digits, - and _`,
		"größe":                  `the name "größe" can have only letters, digits, - and _`,
		"release--qa":            `the name "release--qa" can neither contain -- nor end in -`,
		"release-":               `the name "release-" can neither contain -- nor end in -`,
	} {
		got := ""
		if err := CheckName(name); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("CheckName(%q) (-want +got):\n%s", name, diff)
		}
	}
}
