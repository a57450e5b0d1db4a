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
		a.Emails, a.Groups = addresses(maxApprovers, maxAddresses), nil
	}, nil},
	{"one approver too many", func(a *ApprovalWorkflowArgs) { a.Emails = addresses(maxApprovers+1, 0) },
		[]string{"Emails: there are 201 addresses, and the topic has room for 200"}},
	{"too long addresses", func(a *ApprovalWorkflowArgs) { a.Emails = addresses(100, maxAddresses+1) },
		[]string{"Emails: the addresses have 3001 bytes, and the function's environment has room for 3000"}},
	{"room that the groups leave", func(a *ApprovalWorkflowArgs) { *a = fullGroups(maxAddresses) }, nil},
	{"one byte too much of groups", func(a *ApprovalWorkflowArgs) { *a = fullGroups(maxAddresses + 1) },
		[]string{"Groups: the addresses and the groups have 3001 bytes, and the function's environment has room for 3000"}},
	{"one member too many", func(a *ApprovalWorkflowArgs) {
		list := addresses(maxApprovers+1, 0)
		a.Emails, a.Groups = list[:maxApprovers], map[string]Group{"one": {Emails: list[maxApprovers:], Approvals: 1}}
	}, []string{"Groups: there are 201 addresses in Emails and the groups, and the topic has room for 200"}},
	{"groups", func(a *ApprovalWorkflowArgs) {
		a.Groups = map[string]Group{
			"a.b":   {Emails: []string{"ann@example.com"}, Approvals: 1},
			"":      {},
			"twice": {Emails: []string{"x", "ann@example.com", "Ann@example.com"}, Approvals: 5},
			"empty": {Approvals: 1},
			"none":  {Emails: []string{"ann@example.com"}},
			"few":   {Emails: []string{"ann@example.com", "bob@example.com"}, Approvals: 3},
			"slow":  {Emails: addresses(20, 0), Approvals: 20},
		}
		a.Timeout = 1000 * time.Hour
	}, []string{
		`Groups: "" is not the name of a group: 1 to 40 letters of ASCII, digits, hyphens and underscores`,
		`Groups: "a.b" is not the name of a group: 1 to 40 letters of ASCII, digits, hyphens and underscores`,
		"Groups: group empty: Emails: at least one address is required",
		"Groups: group few: Approvals: 3 is not between 1 and the number of approvers (2)",
		"Groups: group none: Approvals: 0 is not between 1 and the number of approvers (1)",
		"Groups: group slow: Approvals: 1000h0m0s is too long for 20 approvals: each starts the time again, and together they " +
			"may take at most 8736h (364 days)",
		`Groups: group twice: Emails: "x" is not an e-mail address`,
		`Groups: group twice: Emails: "Ann@example.com" is listed twice`,
	}},
	{"no approvals", func(a *ApprovalWorkflowArgs) { a.Approvals = 0 },
		[]string{"Approvals: 0 is not between 1 and the number of approvers (2)"}},
	{"more approvals than approvers", func(a *ApprovalWorkflowArgs) { a.Approvals = 3 },
		[]string{"Approvals: 3 is not between 1 and the number of approvers (2)"}},
	{"most approvals", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Groups, a.Approvals = addresses(maxApprovers, maxAddresses), nil, approval.MaxApprovals
	}, nil},
	{"approvals that do not fit into an execution", func(a *ApprovalWorkflowArgs) {
		a.Emails, a.Groups, a.Approvals = addresses(maxApprovers, maxAddresses), nil, approval.MaxApprovals+1
	}, []string{"Approvals: 32 is more than 31, the largest number whose records fit into the output"}},
	{"no spread", func(a *ApprovalWorkflowArgs) { a.Spread = new(time.Duration) }, nil},
	{"default spread", func(a *ApprovalWorkflowArgs) { a.Spread = nil }, nil},
	{"long spread", func(a *ApprovalWorkflowArgs) { a.Spread = new(2 * time.Hour) },
		[]string{"Spread: 2h0m0s is not between 0s and 1h"}},
	{"no timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 0 },
		[]string{"Timeout: 0s is not between 1s and 8736h (364 days)"}},
	{"short timeout", func(a *ApprovalWorkflowArgs) { a.Timeout = 4 * time.Second },
		[]string{"Timeout: 4s leaves no second for each of the 3 e-mails"}},
	{"negative reminders", func(a *ApprovalWorkflowArgs) { a.Reminders = -1 },
		[]string{"Reminders: -1 is not between 0 and 10"}},
	{"no retention", func(a *ApprovalWorkflowArgs) { a.LogRetentionDays = 0 },
		[]string{"LogRetentionDays: 0 is not one of " + retentionNumbers}},
	{"long rounds", func(a *ApprovalWorkflowArgs) { a.Timeout, a.Groups = 4369*time.Hour, nil },
		[]string{"Timeout: 4369h0m0s is too long for 2 approvals: each starts the time again, and together they may take at " +
			"most 8736h (364 days)"}},
	{"longest rounds", func(a *ApprovalWorkflowArgs) { a.Timeout = 4368 * time.Hour }, nil},
	{"no audit retention", func(a *ApprovalWorkflowArgs) { a.AuditRetentionDays = 366 },
		[]string{"AuditRetentionDays: 366 is not one of " + retentionNumbers}},
	{"negative rate", func(a *ApprovalWorkflowArgs) { a.RequestRate, a.RequestBurst = -1, -1 }, []string{
		"RequestRate: -1 is not more than 0 and at most 2500", "RequestBurst: -1 is not between 1 and 1250",
	}},
	{"too high rate", func(a *ApprovalWorkflowArgs) { a.RequestRate, a.RequestBurst = 2_501, 1_251 }, []string{
		"RequestRate: 2501 is not more than 0 and at most 2500", "RequestBurst: 1251 is not between 1 and 1250",
	}},
	{"generation", func(a *ApprovalWorkflowArgs) { a.LinkGeneration = -1 }, []string{"LinkGeneration: -1 is not 1 or more"}},
	{"domain", func(a *ApprovalWorkflowArgs) {
		a.Domain, a.CertificateArn, a.HostedZoneID = "approvals", "arn:aws:iam::123456789012:server-certificate/x", "example.com"
	}, []string{
		`Domain: "approvals" is not a domain such as approvals.example.com`,
		`CertificateArn: "arn:aws:iam::123456789012:server-certificate/x" is not the ARN of a certificate of AWS Certificate Manager`,
		`HostedZoneID: "example.com" is not the ID of a hosted zone of Route 53`,
	}},
	{"another resource of ACM", func(a *ApprovalWorkflowArgs) { a.CertificateArn = "arn:aws:acm:eu-west-1:123456789012:account/x" },
		[]string{`CertificateArn: "arn:aws:acm:eu-west-1:123456789012:account/x" is not the ARN of a certificate of AWS Certificate Manager`}},
	{"domain without a certificate", func(a *ApprovalWorkflowArgs) { a.CertificateArn = "" },
		[]string{"CertificateArn: the domain needs a certificate"}},
	{"certificate without a domain", func(a *ApprovalWorkflowArgs) { a.Domain, a.HostedZoneID = "", "" },
		[]string{"Domain: there is a certificate or a hosted zone, but no domain"}},
	{"hosted zone without a domain", func(a *ApprovalWorkflowArgs) { a.Domain, a.CertificateArn = "", "" },
		[]string{"Domain: there is a certificate or a hosted zone, but no domain"}},
	{"domain without a hosted zone", func(a *ApprovalWorkflowArgs) { a.HostedZoneID = "" }, nil},
	{"highest rate", func(a *ApprovalWorkflowArgs) { a.RequestRate, a.RequestBurst = 2_500, 1_250 }, nil},
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
			AlarmEmails: []string{"y"}, Groups: map[string]Group{"dba": {}},
		},
		[]string{
			noCode, `Emails: "x" is not an e-mail address`, "Groups: group dba: Emails: at least one address is required",
			"Timeout: 1.5s is not a whole number of seconds",
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
	members := []string{"dora@example.com", "dan@example.com"}
	args := ApprovalWorkflowArgs{Code: testArgs.Code, Emails: testArgs.Emails, Groups: map[string]Group{"dba": {Emails: members}}}
	zero := deploy(t, &cloud{partition: "aws"}, args, "approval")
	if got := args.Groups["dba"].Approvals; got != 0 {
		t.Errorf("the caller's group has now %d approvals", got)
	}
	args.Groups = map[string]Group{"dba": {Emails: members, Approvals: 1}}
	args.Timeout, args.Reminders, args.Approvals, args.Confirm = 24*time.Hour, 0, 1, false
	args.Spread = new(30 * time.Second)
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
