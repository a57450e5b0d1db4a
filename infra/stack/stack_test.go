package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/infra"
)

// noResources is a cloud for programs that only read their configuration.
type noResources struct{}

func (noResources) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return "", nil, errors.New("register " + args.Name)
}

func (noResources) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, errors.New("call " + args.Token)
}

// load calls LoadArgs in a stack with these values and no others.
func load(t *testing.T, values map[string]string) (args *infra.ApprovalWorkflowArgs, err error) {
	t.Helper()
	stack := map[string]string{}
	for key, value := range values {
		stack["approval-workflow:"+key] = value
	}
	config, err := json.Marshal(stack)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PULUMI_CONFIG", string(config))
	runErr := pulumi.RunErr(func(ctx *pulumi.Context) error {
		args, err = LoadArgs(ctx)
		return nil
	}, pulumi.WithMocks("approval-workflow", "dev", noResources{}), func(info *pulumi.RunInfo) { info.Config = stack })
	if runErr != nil {
		t.Fatal(runErr)
	}
	return args, err
}

// projectDefaults returns the default of every key in Pulumi.yaml, in the form in which the engine passes it.
func projectDefaults(t *testing.T) map[string]string {
	t.Helper()
	project, err := workspace.LoadProject("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[string]string{}
	for key, schema := range project.Config {
		defaults[key] = fmt.Sprint(schema.Default)
	}
	return defaults
}

// with returns values with one of them changed.
func with(values map[string]string, key, value string) map[string]string {
	changed := maps.Clone(values)
	changed[key] = value
	return changed
}

// required are the values without which no stack works.
var required = map[string]string{"email": "you@example.com"}

// values are values of one key, and what they change in the defaults.
var values = []struct {
	key, value string
	change     func(*infra.ApprovalWorkflowArgs)
}{
	{"email", "you@example.com", func(*infra.ApprovalWorkflowArgs) {}},
	{"email", " you@example.com ,Bob+x@example.org", func(a *infra.ApprovalWorkflowArgs) {
		a.Emails = []string{"you@example.com", "Bob+x@example.org"}
	}},
	{"timeout", "1h30m", func(a *infra.ApprovalWorkflowArgs) { a.Timeout = 90 * time.Minute }},
	{"timeout", "1s", func(a *infra.ApprovalWorkflowArgs) { a.Timeout = time.Second }},
	{"timeout", "8736h", func(a *infra.ApprovalWorkflowArgs) { a.Timeout = 8736 * time.Hour }},
	{"reminders", "0", func(*infra.ApprovalWorkflowArgs) {}},
	{"reminders", "10", func(a *infra.ApprovalWorkflowArgs) { a.Reminders = 10 }},
	{"approvals", "1", func(a *infra.ApprovalWorkflowArgs) { a.Approvals = 1 }},
	{"confirm", "true", func(a *infra.ApprovalWorkflowArgs) { a.Confirm = true }},
	{"confirm", "false", func(*infra.ApprovalWorkflowArgs) {}},
	{"logRetentionDays", "1", func(a *infra.ApprovalWorkflowArgs) { a.LogRetentionDays = 1 }},
	{"logRetentionDays", "3653", func(a *infra.ApprovalWorkflowArgs) { a.LogRetentionDays = 3653 }},
	{"alarmEmail", "", func(*infra.ApprovalWorkflowArgs) {}},
	{"alarmEmail", "ops@example.com, on-call@example.org", func(a *infra.ApprovalWorkflowArgs) {
		a.AlarmEmails = []string{"ops@example.com", "on-call@example.org"}
	}},
	{"dashboard", "true", func(a *infra.ApprovalWorkflowArgs) { a.Dashboard = true }},
	{"audit", "true", func(a *infra.ApprovalWorkflowArgs) { a.Audit = true }},
	{"auditRetentionDays", "3653", func(a *infra.ApprovalWorkflowArgs) { a.AuditRetentionDays = 3653 }},
}

func TestLoadArgs(t *testing.T) {
	for _, test := range values {
		want := infra.ApprovalWorkflowArgs{Emails: []string{"you@example.com"}}.WithDefaults()
		test.change(&want)
		got, err := load(t, with(required, test.key, test.value))
		if err != nil {
			t.Errorf("%s %q: %v", test.key, test.value, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.key, test.value, diff)
		}
	}
}

func TestLoadArgsUsesEveryValue(t *testing.T) {
	got, err := load(t, map[string]string{
		"email": "you@example.com,bob@example.com", "timeout": "21s", "reminders": "10", "approvals": "2",
		"confirm": "true", "logRetentionDays": "7", "alarmEmail": "ops@example.com", "dashboard": "true", "audit": "true",
		"auditRetentionDays": "30",
	})
	want := infra.ApprovalWorkflowArgs{
		Emails: []string{"you@example.com", "bob@example.com"}, Timeout: 21 * time.Second, Reminders: 10, Approvals: 2,
		Confirm: true, LogRetentionDays: 7, AlarmEmails: []string{"ops@example.com"}, Dashboard: true, Audit: true,
		AuditRetentionDays: 30,
	}.WithDefaults()
	if diff := cmp.Diff(&want, got); diff != "" || err != nil {
		t.Errorf("error = %v; arguments (-want +got):\n%s", err, diff)
	}
}

func TestUnsetKeysHaveTheDefaults(t *testing.T) {
	checkDefaults(t, required)
}

func TestProjectDefaultsAreThoseOfTheComponent(t *testing.T) {
	checkDefaults(t, with(projectDefaults(t), "email", "you@example.com"))
}

// checkDefaults checks that the values set only the address of the approver.
func checkDefaults(t *testing.T, values map[string]string) {
	t.Helper()
	got, err := load(t, values)
	if err != nil {
		t.Fatal(err)
	}
	want := infra.ApprovalWorkflowArgs{Emails: []string{"you@example.com"}}.WithDefaults()
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestProjectDefaultsRequireAnApprover(t *testing.T) {
	_, err := load(t, projectDefaults(t))
	want := "configuration of the stack:\nemail: at least one address is required. Run: pulumi config set email you@example.com"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func lines(err error) []string { return strings.Split(err.Error(), "\n") }
