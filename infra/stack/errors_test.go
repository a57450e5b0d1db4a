package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The commands that fix the settings.
const (
	setEmail     = ". Run: pulumi config set email you@example.com"
	setTimeout   = ". Run: pulumi config set timeout 24h"
	setReminders = ". Run: pulumi config set reminders 2"
	setApprovals = ". Run: pulumi config set approvals 1"
	setConfirm   = ". Run: pulumi config set confirm true"
	setRetention = ". Run: pulumi config set logRetentionDays 30"
	setAlarm     = ". Run: pulumi config set alarmEmail ops@example.com"
	setAudit     = ". Run: pulumi config set auditRetentionDays 365"
)

const (
	noAddress    = "email: at least one address is required" + setEmail
	outOfRange   = " is not between 1s and 8736h (364 days)" + setTimeout
	notADuration = " is not a duration such as 90s, 24h or 36h30m" + setTimeout
	notRetention = " is not one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
)

// wrongValues are values of one key, and the lines of the error after the first one.
var wrongValues = []struct {
	key, value string
	want       []string
}{
	{"email", "", []string{noAddress}},
	{"email", " ", []string{noAddress}},
	{"email", "you", []string{`email: "you" is not an e-mail address` + setEmail}},
	{"email", "team@localhost", []string{`email: "team@localhost" has no domain such as example.com` + setEmail}},
	{"email", "you@example.com,x,YOU@example.com", []string{
		`email: "x" is not an e-mail address` + setEmail, `email: "YOU@example.com" is listed twice` + setEmail,
	}},
	{"timeout", "", []string{`timeout: ""` + notADuration}},
	{"timeout", "soon", []string{`timeout: "soon"` + notADuration}},
	{"timeout", "99999999999", []string{`timeout: "99999999999"` + notADuration}},
	{"timeout", "0s", []string{"timeout: 0s" + outOfRange}},
	{"timeout", "-24h", []string{"timeout: -24h0m0s" + outOfRange}},
	{"timeout", "999ms", []string{"timeout: 999ms" + outOfRange}},
	{"timeout", "8736h1s", []string{"timeout: 8736h0m1s" + outOfRange}},
	{"timeout", "1500ms", []string{"timeout: 1.5s is not a whole number of seconds" + setTimeout}},
	{"reminders", "", []string{`reminders: "" is not a number` + setReminders}},
	{"reminders", "1.5", []string{`reminders: "1.5" is not a number` + setReminders}},
	{"reminders", "-1", []string{"reminders: -1 is not between 0 and 10" + setReminders}},
	{"reminders", "11", []string{"reminders: 11 is not between 0 and 10" + setReminders}},
	{"approvals", "", []string{`approvals: "" is not a number` + setApprovals}},
	{"approvals", "two", []string{`approvals: "two" is not a number` + setApprovals}},
	{"approvals", "0", []string{"approvals: 0 is not between 1 and the number of approvers (1)" + setApprovals}},
	{"approvals", "-1", []string{"approvals: -1 is not between 1 and the number of approvers (1)" + setApprovals}},
	{"approvals", "2", []string{"approvals: 2 is not between 1 and the number of approvers (1)" + setApprovals}},
	{"confirm", "maybe", []string{`confirm: "maybe" is not true or false` + setConfirm}},
	{"confirm", "", []string{`confirm: "" is not true or false` + setConfirm}},
	{"logRetentionDays", "", []string{`logRetentionDays: "" is not a number` + setRetention}},
	{"logRetentionDays", "30d", []string{`logRetentionDays: "30d" is not a number` + setRetention}},
	{"logRetentionDays", "31", []string{"logRetentionDays: 31" + notRetention + setRetention}},
	{"logRetentionDays", "0", []string{"logRetentionDays: 0" + notRetention + setRetention}},
	{"auditRetentionDays", "366", []string{"auditRetentionDays: 366" + notRetention + setAudit}},
	{"alarmEmail", "ops", []string{`alarmEmail: "ops" is not an e-mail address` + setAlarm}},
	{"alarmEmail", "ops@example.com, OPS@example.com", []string{`alarmEmail: "OPS@example.com" is listed twice` + setAlarm}},
}

func TestLoadArgsErrors(t *testing.T) {
	for _, test := range wrongValues {
		checkErrors(t, with(required, test.key, test.value), test.want)
	}
}

func TestLoadArgsListsEveryProblem(t *testing.T) {
	checkErrors(t, map[string]string{
		"email": "you", "timeout": "soon", "reminders": "11", "approvals": "two", "confirm": "maybe",
		"logRetentionDays": "2", "alarmEmail": "ops",
	}, []string{
		// What cannot be parsed comes first.
		`timeout: "soon"` + notADuration,
		`approvals: "two" is not a number` + setApprovals,
		`confirm: "maybe" is not true or false` + setConfirm,
		`email: "you" is not an e-mail address` + setEmail,
		"reminders: 11 is not between 0 and 10" + setReminders,
		"logRetentionDays: 2" + notRetention + setRetention,
		`alarmEmail: "ops" is not an e-mail address` + setAlarm,
	})
}

func TestRemindersNeedTime(t *testing.T) {
	values := with(with(required, "timeout", "20s"), "reminders", "10")
	checkErrors(t, values, []string{"timeout: 20s leaves no second for each of the 11 e-mails" + setTimeout})
}

// A value that cannot be parsed has one error only: it does not count as the zero value.
func TestUnparsableValuesHaveNoEffect(t *testing.T) {
	values := with(with(required, "timeout", "soon"), "reminders", "10")
	checkErrors(t, values, []string{`timeout: "soon"` + notADuration})
	values = with(with(required, "timeout", "20s"), "reminders", "ten")
	checkErrors(t, values, []string{`reminders: "ten" is not a number` + setReminders})
}

// checkErrors checks the lines of LoadArgs's error after the first one.
func checkErrors(t *testing.T, values map[string]string, want []string) {
	t.Helper()
	args, err := load(t, values)
	if err == nil || args != nil {
		t.Errorf("%v: LoadArgs = %v, %v, want only an error", values, args, err)
		return
	}
	if diff := cmp.Diff(append([]string{"configuration of the stack:"}, want...), lines(err)); diff != "" {
		t.Errorf("%v: error (-want +got):\n%s", values, diff)
	}
}
