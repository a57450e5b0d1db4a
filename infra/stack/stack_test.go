package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
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
func load(t *testing.T, values map[string]string) (args *arguments, err error) {
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
		if schema.IsExplicitlyTyped() {
			t.Errorf("%s has a type, so that the engine refuses a wrong value before the program says what to do", key)
		}
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
	change     func(*arguments)
}{
	{"email", " you@example.com ,Bob+x@example.org", func(a *arguments) {
		a.Emails = []string{"you@example.com", "Bob+x@example.org"}
	}},
	{"email", `["you@example.com","bob@example.com"]`, func(a *arguments) {
		a.Emails = []string{"you@example.com", "bob@example.com"}
	}},
	{"groups", "", func(*arguments) {}},
	{"groups", "{}", func(*arguments) {}},
	{"groups", `{"dba":{"email":"dora@example.com, dan@example.com","approvals":2},"1":{"email":["You@example.com"],"approvals":"1"},` +
		`"lead":{"email":"lea@example.com"}}`, func(a *arguments) {
		a.Groups = map[string]infra.Group{
			"dba": {Emails: []string{"dora@example.com", "dan@example.com"}, Approvals: 2},
			"1":   {Emails: []string{"You@example.com"}, Approvals: 1}, "lead": {Emails: []string{"lea@example.com"}},
		}
		*a = a.WithDefaults()
	}},
	{"timeout", "1h30m", func(a *arguments) { a.Timeout = 90 * time.Minute }},
	{"timeout", "8736h", func(a *arguments) { a.Timeout = 8736 * time.Hour }},
	{"reminders", "0", func(*arguments) {}},
	{"reminders", "10", func(a *arguments) { a.Reminders = 10 }},
	{"spread", "0", func(a *arguments) { a.Spread = new(time.Duration) }},
	{"spread", "5m", func(a *arguments) { a.Spread = new(5 * time.Minute) }},
	{"approvals", "1", func(a *arguments) { a.Approvals = 1 }},
	{"confirm", "true", func(a *arguments) { a.Confirm = true }},
	{"confirm", "false", func(*arguments) {}},
	{"linkGeneration", "1", func(*arguments) {}},
	{"linkGeneration", "7", func(a *arguments) { a.LinkGeneration = 7 }},
	{"domain", "", func(*arguments) {}},
	{"certificateArn", "", func(*arguments) {}},
	{"hostedZoneId", "", func(*arguments) {}},
	{"logRetentionDays", "3653", func(a *arguments) { a.LogRetentionDays = 3653 }},
	{"alarmEmail", "", func(*arguments) {}},
	{"alarmEmail", "ops@example.com, on-call@example.org", func(a *arguments) {
		a.AlarmEmails = []string{"ops@example.com", "on-call@example.org"}
	}},
	{"dashboard", "true", func(a *arguments) { a.Dashboard = true }},
	{"audit", "true", func(a *arguments) { a.Audit = true }},
	{"protect", "true", func(a *arguments) { a.Protect = true }},
	{"auditRetentionDays", "3653", func(a *arguments) { a.AuditRetentionDays = 3653 }},
}

func TestLoadArgs(t *testing.T) {
	for _, test := range values {
		want := arguments{Emails: []string{"you@example.com"}}.WithDefaults()
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

// TestDefaults checks that the keys that are not set, and those with the default in Pulumi.yaml, have the component's
// default.
func TestDefaults(t *testing.T) {
	want := arguments{Emails: []string{"you@example.com"}}.WithDefaults()
	for _, values := range []map[string]string{required, with(projectDefaults(t), "email", "you@example.com")} {
		got, err := load(t, values)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%v: arguments (-want +got):\n%s", values, diff)
		}
	}
}

// TestSettings checks that the settings are the keys of Pulumi.yaml, that a document has a row for each, and that they set
// every argument, except for those that a program sets.
func TestSettings(t *testing.T) {
	front, err := os.ReadFile("../../README.md")
	component, err2 := os.ReadFile("../README.md")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	var keys, want []string
	got := []string{"Code"}
	for _, s := range settings {
		keys, got = append(keys, s.key), append(got, s.argument)
		if !strings.Contains(string(front), "\n| `"+s.key+"` |") && !strings.Contains(string(component), " `"+s.key+"`") {
			t.Errorf("neither README.md nor infra/README.md has a row for %s", s.key)
		}
	}
	got = append(got, "RequestRate", "RequestBurst")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[arguments]()) {
		want = append(want, field.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments (-component +settings):\n%s", diff)
	}
	slices.Sort(keys)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(projectDefaults(t))), keys); diff != "" {
		t.Errorf("keys (-Pulumi.yaml +settings):\n%s", diff)
	}
}

func TestExamplesAreCorrect(t *testing.T) {
	values := map[string]string{}
	for _, s := range settings {
		values[s.key] = s.example
	}
	if _, err := load(t, values); err != nil {
		t.Error(err)
	}
}

func TestName(t *testing.T) {
	for stack, want := range map[string]string{
		"dev":                   "approval-workflow-dev",
		strings.Repeat("s", 24): "approval-workflow-" + strings.Repeat("s", 24),
		strings.Repeat("s", 25): `name of the stack: the name "approval-workflow-` + strings.Repeat("s", 25) +
			`" has 43 characters, and the names of the resources have room for 41. Run: pulumi stack rename NAME`,
		"v1.2": `name of the stack: the name "approval-workflow-v1.2" can have only letters, digits, - and _. ` +
			"Run: pulumi stack rename NAME",
	} {
		var got string
		err := pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
			got, err = Name(ctx, "approval-workflow")
			return err
		}, pulumi.WithMocks("approval-workflow", stack, noResources{}))
		if err != nil {
			got += err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("stack %s: Name = %s, want %s", stack, got, want)
		}
	}
}
