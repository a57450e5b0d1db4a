package infra

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// load reads the configuration of a stack that sets values over the defaults of Pulumi.yaml.
func load(t *testing.T, values map[string]string) (config Config, err error) {
	t.Helper()
	project, err := workspace.LoadProject("../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stack := map[string]string{}
	for key, schema := range project.Config {
		stack["approval-workflow:"+key] = fmt.Sprint(schema.Default)
	}
	for key, value := range values {
		if _, declared := stack["approval-workflow:"+key]; !declared {
			t.Errorf("%s is not declared in Pulumi.yaml", key)
		}
		stack["approval-workflow:"+key] = value
	}
	c := &cloud{}
	runErr := pulumi.RunErr(func(ctx *pulumi.Context) error {
		config, err = LoadConfig(ctx)
		return nil
	}, pulumi.WithMocks("approval-workflow", "dev", c), func(info *pulumi.RunInfo) { info.Config = stack })
	if runErr != nil || len(c.resources) > 0 {
		t.Fatalf("run: %v; resources: %v", runErr, c.resources)
	}
	return config, err
}

func TestLoadConfig(t *testing.T) {
	you := []string{"you@example.com"}
	tests := []struct {
		set  map[string]string
		want Config
	}{
		{map[string]string{}, Config{you, 24 * time.Hour, 0, false, 30, nil}},
		{map[string]string{"email": " you@example.com ,Bob+x@example.org"},
			Config{[]string{"you@example.com", "Bob+x@example.org"}, 24 * time.Hour, 0, false, 30, nil}},
		{map[string]string{"timeout": "1h30m", "logRetentionDays": "3653"}, Config{you, 90 * time.Minute, 0, false, 3653, nil}},
		{map[string]string{"timeout": "90", "logRetentionDays": "1"}, Config{you, 90 * time.Second, 0, false, 1, nil}},
		{map[string]string{"timeout": "1s"}, Config{you, time.Second, 0, false, 30, nil}},
		{map[string]string{"timeout": "8760h"}, Config{you, 8760 * time.Hour, 0, false, 30, nil}},
		{map[string]string{"confirm": "true"}, Config{you, 24 * time.Hour, 0, true, 30, nil}},
		{map[string]string{"reminders": "10", "timeout": "21s"}, Config{you, 21 * time.Second, 10, false, 30, nil}},
		{map[string]string{"alarmEmail": "ops@example.com, on-call@example.org"},
			Config{you, 24 * time.Hour, 0, false, 30, []string{"ops@example.com", "on-call@example.org"}}},
	}
	for _, test := range tests {
		values := map[string]string{"email": "you@example.com"}
		maps.Copy(values, test.set)
		got, err := load(t, values)
		if err != nil {
			t.Errorf("%v: %v", test.set, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.set, diff)
		}
	}
}

func TestLoadConfigFaults(t *testing.T) {
	const (
		setEmail     = "Run: pulumi config set email you@example.com"
		setTimeout   = "Run: pulumi config set timeout 24h"
		setReminders = "Run: pulumi config set reminders 2"
		setRetention = "Run: pulumi config set logRetentionDays 30"
		setAlarm     = "Run: pulumi config set alarmEmail ops@example.com"
	)
	tests := []struct {
		key, value string
		want       []string
	}{
		{"email", "", []string{"email is not set", setEmail}},
		{"email", " ", []string{"email is not set", setEmail}},
		{"email", "you", []string{`"you" is not an e-mail address`, setEmail}},
		{"email", "You <you@example.com>", []string{"is not an e-mail address", setEmail}},
		{"email", "you@example.com,", []string{`"" is not an e-mail address`, setEmail}},
		{"email", "you@example.com,x,YOU@example.com", []string{`"x" is not`, `"YOU@example.com" is there twice`, setEmail}},
		{"timeout", "", []string{`"" is not a duration`, setTimeout}},
		{"timeout", "soon", []string{`"soon" is not a duration`, setTimeout}},
		{"timeout", "1d", []string{`"1d" is not a duration`, setTimeout}},
		{"timeout", "0", []string{"not between a second and a year", setTimeout}},
		{"timeout", "-24h", []string{"not between a second and a year", setTimeout}},
		{"timeout", "999ms", []string{"not between a second and a year", setTimeout}},
		{"timeout", "8760h1s", []string{"not between a second and a year", setTimeout}},
		{"timeout", "31536001", []string{"not between a second and a year", setTimeout}},
		{"timeout", "99999999999", []string{"timeout", setTimeout}},
		{"timeout", "1500ms", []string{"not in whole seconds", setTimeout}},
		{"reminders", "", []string{`"" is not a number`, setReminders}},
		{"reminders", "1.5", []string{`"1.5" is not a number`, setReminders}},
		{"reminders", "-1", []string{"reminders -1 is not between 0 and 10", setReminders}},
		{"reminders", "11", []string{"reminders 11 is not between 0 and 10", setReminders}},
		{"confirm", "maybe", []string{`"maybe" is neither true nor false`, "Run: pulumi config set confirm true"}},
		{"confirm", "", []string{`"" is neither`, "Run: pulumi config set confirm true"}},
		{"logRetentionDays", "", []string{`"" is not a number`, setRetention}},
		{"logRetentionDays", "31", []string{"31 is not one of 1 3 5 7", setRetention}},
		{"logRetentionDays", "0", []string{"is not one of", setRetention}},
		{"logRetentionDays", "30d", []string{`"30d" is not a number`, setRetention}},
		{"alarmEmail", "ops", []string{`alarmEmail "ops" is not an e-mail address`, setAlarm}},
		{"alarmEmail", "ops@example.com,", []string{`alarmEmail "" is not an e-mail address`, setAlarm}},
		{"alarmEmail", "ops@example.com, OPS@example.com", []string{`"OPS@example.com" is there twice`, setAlarm}},
	}
	for _, test := range tests {
		values := map[string]string{"email": "you@example.com"}
		values[test.key] = test.value
		_, err := load(t, values)
		if err == nil {
			t.Errorf("%s %q is taken", test.key, test.value)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: %v\nwithout: %s", test.key, test.value, err, want)
			}
		}
		if strings.Count(err.Error(), "\n")+2 != len(test.want) {
			t.Errorf("%s %q: a line too many or too few:\n%v", test.key, test.value, err)
		}
	}
}

func TestRemindersNeedTime(t *testing.T) {
	_, err := load(t, map[string]string{"email": "you@example.com", "timeout": "20s", "reminders": "10"})
	if err == nil || !strings.Contains(err.Error(), "timeout 20s leaves no second for each of the 11 e-mails. Run: pulumi config set timeout 24h") {
		t.Errorf("error = %v", err)
	}
}

func TestLoadConfigReportsEveryFault(t *testing.T) {
	_, err := load(t, map[string]string{"email": "you", "timeout": "soon", "logRetentionDays": "2", "alarmEmail": "ops"})
	if err == nil || strings.Count(err.Error(), "Run: pulumi config set") != 4 {
		t.Errorf("four faults, but the error is:\n%v", err)
	}
}
