package stack

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The ends of errors. Most of them are the commands that fix the settings.
const (
	setEmail     = ". Run: pulumi config set email you@example.com"
	setTimeout   = ". Run: pulumi config set timeout 24h"
	setReminders = ". Run: pulumi config set reminders 2"
	setApprovals = ". Run: pulumi config set approvals 1"
	setConfirm   = ". Run: pulumi config set confirm true"
	setRetention = ". Run: pulumi config set logRetentionDays 30"
	setAlarm     = ". Run: pulumi config set alarmEmail ops@example.com"
	setAudit     = ". Run: pulumi config set auditRetentionDays 365"

	noAddress    = "email: at least one address is required" + setEmail
	outOfRange   = " is not between 1s and 8736h (364 days)" + setTimeout
	notADuration = " is not a duration such as 90s, 24h or 36h30m" + setTimeout
	notRetention = " is not one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
)

// wrongValues are values of one key, and the lines of the error after the first one. If it is clear what was meant, the
// command of an error sets that.
var wrongValues = []struct{ key, value, want string }{
	{"email", "", noAddress},
	{"email", "you", `email: "you" is not an e-mail address` + setEmail},
	{"email", "team@localhost", `email: "team@localhost" has no domain such as example.com` + setEmail},
	{"email", "you@example.com,x,YOU@example.com", `email: "x" is not an e-mail address` + setEmail + "\n" +
		`email: "YOU@example.com" is listed twice` + setEmail},
	{"timeout", "", `timeout: ""` + notADuration},
	{"timeout", "soon", `timeout: "soon"` + notADuration},
	{"timeout", "0s", "timeout: 0s" + outOfRange},
	{"timeout", "8736h1s", "timeout: 8736h0m1s" + outOfRange},
	{"timeout", "1500ms", "timeout: 1.5s is not a whole number of seconds" + setTimeout},
	{"reminders", "", `reminders: "" is not a number` + setReminders},
	{"reminders", "1.5", `reminders: "1.5" is not a number` + setReminders},
	{"reminders", "11", "reminders: 11 is not between 0 and 10" + setReminders},
	{"approvals", "", `approvals: "" is not a number` + setApprovals},
	{"approvals", "two", `approvals: "two" is not a number` + setApprovals},
	{"approvals", "0", "approvals: 0 is not between 1 and the number of approvers (1)" + setApprovals},
	{"confirm", "maybe", `confirm: "maybe" is not true or false` + setConfirm},
	{"confirm", "", `confirm: "" is not true or false` + setConfirm},
	{"logRetentionDays", "30d", `logRetentionDays: "30d" is not a number` + setRetention},
	{"logRetentionDays", "31", "logRetentionDays: 31" + notRetention + setRetention},
	{"auditRetentionDays", "366", "auditRetentionDays: 366" + notRetention + setAudit},
	{"alarmEmail", "ops", `alarmEmail: "ops" is not an e-mail address` + setAlarm},
	{"alarmEmail", "o@example.com,O@example.com", `alarmEmail: "O@example.com" is listed twice` + setAlarm},
	{"email", "a@example.com;b@example.com", `email: "a@example.com;b@example.com" separates addresses by a semicolon ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "a@example.com b@example.com", `email: "a@example.com b@example.com" separates addresses by white space ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "Jane Doe <jane@example.com>", `email: "Jane Doe <jane@example.com>" has more than the address. ` +
		`Run: pulumi config set email jane@example.com`},
	{"email", "a@example.com,", "email: there is a comma without an address. Run: pulumi config set email a@example.com"},
	{"email", "a@example.com;x", `email: "a@example.com;x" separates addresses by a semicolon instead of a comma` + setEmail},
	{"email", "o'neil@example.com;b@example.com", `email: "o'neil@example.com;b@example.com" separates addresses by a ` +
		`semicolon instead of a comma. Run: pulumi config set email 'o'\''neil@example.com,b@example.com'`},
	{"alarmEmail", "Ops <o@example.com>; b@example.com", `alarmEmail: "Ops <o@example.com>; b@example.com" separates ` +
		`addresses by a semicolon instead of a comma. Run: pulumi config set alarmEmail o@example.com,b@example.com`},
	{"timeout", "24", `timeout: "24" has no unit: s, m or h. Run: pulumi config set timeout 24h`},
	{"timeout", "1d", `timeout: "1d" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 24h`},
	{"timeout", "1d12h", `timeout: "1d12h" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 36h`},
	{"timeout", "400d", `timeout: "400d" counts days, which are not a unit. Hours are` + setTimeout},
	{"confirm", "yes", `confirm: "yes" is not true or false. Run: pulumi config set confirm true`},
	{"confirm", "No", `confirm: "No" is not true or false. Run: pulumi config set confirm false`},
	{"emial", "a@example.com", "emial: unknown key. Did you mean email? " +
		"Run: pulumi config rm emial && pulumi config set email a@example.com"},
	{"Timeout", "2h", "Timeout: unknown key. Did you mean timeout? " +
		"Run: pulumi config rm Timeout && pulumi config set timeout 2h"},
	{"colour", "red", "colour: unknown key. The keys are email, timeout, reminders, approvals, confirm, logRetentionDays, " +
		"alarmEmail, dashboard, audit, auditRetentionDays. Run: pulumi config rm colour"},
}

func TestLoadArgsErrors(t *testing.T) {
	for _, test := range wrongValues {
		checkErrors(t, with(required, test.key, test.value), strings.Split(test.want, "\n"))
	}
}

// severalValues are values of several keys. A value that cannot be parsed has one error only: it does not count as the zero
// value.
var severalValues = []struct {
	values map[string]string
	want   []string
}{
	{
		map[string]string{
			"email": "you", "timeout": "soon", "reminders": "11", "approvals": "two", "confirm": "maybe",
			"logRetentionDays": "2", "alarmEmail": "ops",
		},
		[]string{
			// What cannot be parsed comes first.
			`timeout: "soon"` + notADuration,
			`approvals: "two" is not a number` + setApprovals,
			`confirm: "maybe" is not true or false` + setConfirm,
			`email: "you" is not an e-mail address` + setEmail,
			"reminders: 11 is not between 0 and 10" + setReminders,
			"logRetentionDays: 2" + notRetention + setRetention,
			`alarmEmail: "ops" is not an e-mail address` + setAlarm,
		},
	},
	{
		with(with(required, "timeout", "20s"), "reminders", "10"),
		[]string{"timeout: 20s leaves no second for each of the 11 e-mails" + setTimeout},
	},
	{with(with(required, "timeout", "soon"), "reminders", "10"), []string{`timeout: "soon"` + notADuration}},
	{with(with(required, "timeout", "20s"), "reminders", "ten"), []string{`reminders: "ten" is not a number` + setReminders}},
	{
		map[string]string{"email": "a@example.com,b@example.com", "approvals": "5"},
		[]string{"approvals: 5 is not between 1 and the number of approvers (2). Run: pulumi config set approvals 2"},
	},
	{
		map[string]string{"email": "a@example.com,b@example.com", "approvals": "2", "timeout": "5000h"},
		[]string{"timeout: 5000h0m0s is too long for 2 approvals: each starts the time again, and together they may take at " +
			"most 8736h (364 days)" + setTimeout},
	},
}

func TestLoadArgsListsEveryProblem(t *testing.T) {
	for _, test := range severalValues {
		checkErrors(t, test.values, test.want)
	}
	checkErrors(t, projectDefaults(t), []string{noAddress})
}

// A misspelt key may be set with --secret.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Setenv("PULUMI_CONFIG_SECRET_KEYS", `["approval-workflow:emial"]`)
	checkErrors(t, with(required, "emial", "hidden"), []string{"emial: unknown key. Did you mean email? " +
		"Run: pulumi config rm emial && pulumi config set email VALUE"})
}

// checkErrors checks the lines of LoadArgs's error after the first one.
func checkErrors(t *testing.T, values map[string]string, want []string) {
	t.Helper()
	args, err := load(t, values)
	if err == nil || args != nil {
		t.Errorf("%v: LoadArgs = %v, %v, want only an error", values, args, err)
		return
	}
	lines := strings.Split(err.Error(), "\n")
	if diff := cmp.Diff(append([]string{"configuration of the stack:"}, want...), lines); diff != "" {
		t.Errorf("%v: error (-want +got):\n%s", values, diff)
	}
}
