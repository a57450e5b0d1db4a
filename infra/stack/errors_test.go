package stack

import (
	"fmt"
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

	setCertificate = ". Run: pulumi config set certificateArn arn:aws:acm:REGION:ACCOUNT:certificate/ID"
	setAudit       = ". Run: pulumi config set auditRetentionDays 365"

	noAddress    = "email: at least one address is required" + setEmail
	outOfRange   = " is not between 1s and 8736h (364 days)" + setTimeout
	notADuration = " is not a duration such as 90s, 24h or 36h30m" + setTimeout
	notRetention = " is not one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
)

// wrongValues are values of one key, and the lines of the error. If it is clear what was meant, the
// command of an error sets that.
var wrongValues = []struct{ key, value, want string }{
	{"email", "", noAddress},
	{"email", "you", `email: "you" is not an e-mail address` + setEmail},
	{"email", "team@localhost", `email: "team@localhost" has no domain such as example.com` + setEmail},
	{"email", "you@example.com,x,YOU@example.com", `email: "x" is not an e-mail address` + setEmail + ",ADDRESS\n" +
		`email: "YOU@example.com" is listed twice` + setEmail + ",ADDRESS"},
	{"email", "you@example.com,you@example.com", `email: "you@example.com" is listed twice` + setEmail},
	{"email", "“you@example.com”", `email: "“you@example.com”" has quotation marks. Remove them` + setEmail},
	{"email", "ann@exämple.com", `email: "ann@exämple.com" has a domain with characters other than ASCII. ` +
		"Write the form of it that has only ASCII, with xn--" + setEmail},
	{"email", `["you@example.com","x"]`, `email: "x" is not an e-mail address` + setEmail + ",ADDRESS"},
	{"email", `[true]`, `email: "true" is not an e-mail address` + setEmail},
	{"email", `{"0":"you@example.com"}`, `email: "{\"0\":\"you@example.com\"}" is not an e-mail address` + setEmail},
	{"email", tooMany, "email: there are 201 addresses, and the topic has room for 200"},
	{"timeout", "", `timeout: ""` + notADuration},
	{"timeout", "soon", `timeout: "soon"` + notADuration},
	{"timeout", "0s", "timeout: 0s" + outOfRange},
	{"timeout", "8736h1s", "timeout: 8736h0m1s" + outOfRange},
	{"timeout", "1500ms", "timeout: 1.5s is not a whole number of seconds" + setTimeout},
	{"spread", "30", `spread: "30" has no unit: s, m or h. Run: pulumi config set spread 30s`},
	{"spread", "2h", "spread: 2h0m0s is not between 0s and 1h. Run: pulumi config set spread 30s"},
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
	{"linkGeneration", "two", `linkGeneration: "two" is not a number. Run: pulumi config set linkGeneration 2`},
	{"linkGeneration", "0", "linkGeneration: 0 is not 1 or more. Run: pulumi config set linkGeneration 2"},
	{"domain", "approvals.example.com", "certificateArn: the domain needs a certificate" + setCertificate},
	{"domain", "https://Approvals.example.com/", `domain: "https://Approvals.example.com/" is more than a domain in lower case. ` +
		"Run: pulumi config set domain approvals.example.com\ncertificateArn: the domain needs a certificate" + setCertificate},
	{"certificateArn", "arn:aws:acm:eu-west-1:123456789012:certificate/1",
		"domain: there is a certificate or a hosted zone, but no domain. Run: pulumi config set domain approvals.example.com"},
	{"hostedZoneId", "/hostedzone/Z1", `hostedZoneId: "/hostedzone/Z1" is more than the ID. Run: pulumi config set hostedZoneId Z1` +
		"\ndomain: there is a certificate or a hosted zone, but no domain. Run: pulumi config set domain approvals.example.com"},
	{"alarmEmail", "ops", `alarmEmail: "ops" is not an e-mail address` + setAlarm},
	{"alarmEmail", "o@example.com,O@example.com", `alarmEmail: "O@example.com" is listed twice. ` +
		"Run: pulumi config set alarmEmail o@example.com"},
	{"email", "a@example.com;b@example.com", `email: "a@example.com;b@example.com" separates addresses by a semicolon ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "a@example.com b@example.com", `email: "a@example.com b@example.com" separates addresses by white space ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "Jane Doe <jane@example.com>", `email: "Jane Doe <jane@example.com>" has more than the address. ` +
		`Run: pulumi config set email jane@example.com`},
	{"email", "a@example.com,", "email: there is a comma without an address. Run: pulumi config set email a@example.com"},
	{"email", "a@example.com;x", `email: "a@example.com;x" separates addresses by a semicolon instead of a comma` +
		". Run: pulumi config set email a@example.com,ADDRESS"},
	{"email", "o'neil@example.com;b@example.com", `email: "o'neil@example.com;b@example.com" separates addresses by a ` +
		`semicolon instead of a comma. Run: pulumi config set email 'o'\''neil@example.com,b@example.com'`},
	{"alarmEmail", "Ops <o@example.com>; b@example.com", `alarmEmail: "Ops <o@example.com>; b@example.com" separates ` +
		`addresses by a semicolon instead of a comma. Run: pulumi config set alarmEmail o@example.com,b@example.com`},
	{"timeout", "24", `timeout: "24" has no unit: s, m or h. Run: pulumi config set timeout 24h`},
	{"timeout", "1d", `timeout: "1d" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 24h`},
	{"timeout", "1d12h", `timeout: "1d12h" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 36h`},
	{"timeout", "400d", `timeout: "400d" counts days, which are not a unit. Hours are, and there can be at most 8736h (364 days). ` +
		"Run: pulumi config set timeout 8736h"},
	{"timeout", "0d", `timeout: "0d" counts days, which are not a unit. Hours are` + setTimeout},
	{"confirm", "yes", `confirm: "yes" is not true or false. Run: pulumi config set confirm true`},
	{"confirm", "No", `confirm: "No" is not true or false. Run: pulumi config set confirm false`},
	{"emial", "a@example.com", "emial: unknown key. Did you mean email? " +
		"Run: pulumi config rm emial && pulumi config set email a@example.com"},
	{"Timeout", "2h", "Timeout: unknown key. Did you mean timeout? " +
		"Run: pulumi config rm Timeout && pulumi config set timeout 2h"},
	{"approvers", "a@example.com", "approvers: unknown key. Did you mean email? " +
		"Run: pulumi config rm approvers && pulumi config set email a@example.com"},
	{"colour", "red", "colour: unknown key. The keys are email, groups, timeout, reminders, spread, approvals, confirm, linkGeneration, domain, " +
		"certificateArn, hostedZoneId, outcomes, notify, logRetentionDays, " +
		"alarmEmail, dashboard, audit, auditRetentionDays, protect. Run: pulumi config rm colour"},
}

// tooMany are more addresses than a topic has room for.
var tooMany = func() string {
	var addresses []string
	for i := range 201 {
		addresses = append(addresses, fmt.Sprintf("%d@example.com", i))
	}
	return strings.Join(addresses, ",")
}()

// wrongGroups are values of the key groups as Pulumi passes them, and the lines of the error.
var wrongGroups = []struct{ value, want string }{
	{"dba", `groups: "dba" is not a set of groups. Run: pulumi config rm groups && ` + addGroup},
	{"[]", `groups: "[]" is not a set of groups. Run: pulumi config rm groups && ` + addGroup},
	{"null", `groups: "null" is not a set of groups. Run: pulumi config rm groups && ` + addGroup},
	{`{"dba":"d@example.com"}`, `groups.dba: "d@example.com" is not a group, which has the keys email and approvals. ` +
		"Run: pulumi config rm --path groups.dba && pulumi config set --path groups.dba.email d@example.com"},
	{`{"dba":2}`, `groups.dba: "2" is not a group, which has the keys email and approvals. Run: ` +
		"pulumi config rm --path groups.dba && " + setDBA},
	{`{"dba":{}}`, "groups.dba.email: at least one address is required. Run: " + setDBA},
	{`{"dba":{"approvals":2}}`, "groups.dba.email: at least one address is required. Run: " + setDBA},
	{`{"dba":{"email":"d@example.com,x"}}`, `groups.dba.email: "x" is not an e-mail address. ` +
		"Run: pulumi config set --path groups.dba.email d@example.com,ADDRESS"},
	{`{"dba":{"email":["d@example.com","D@example.com"]}}`, `groups.dba.email: "D@example.com" is listed twice. ` +
		"Run: pulumi config set --path groups.dba.email d@example.com"},
	{`{"dba":{"email":"d@example.com;e@example.com"}}`, `groups.dba.email: "d@example.com;e@example.com" separates addresses by ` +
		"a semicolon instead of a comma. Run: pulumi config set --path groups.dba.email d@example.com,e@example.com"},
	{`{"dba":{"email":true}}`, `groups.dba.email: "true" is not an e-mail address. Run: ` + setDBA},
	{`{"dba":{"emails":"d@example.com","approval":2}}`, "groups.dba.approval: unknown key. Did you mean approvals? " +
		"Run: pulumi config rm --path groups.dba.approval && pulumi config set --path groups.dba.approvals 2\n" +
		"groups.dba.emails: unknown key. Did you mean email? " +
		"Run: pulumi config rm --path groups.dba.emails && pulumi config set --path groups.dba.email d@example.com"},
	{`{"dba":{"email":"d@example.com","timeout":"1h"}}`, "groups.dba.timeout: unknown key. A group has email and approvals. " +
		"Run: pulumi config rm --path groups.dba.timeout"},
	{`{"dba":{"email":"d@example.com","approvals":"two"}}`, `groups.dba.approvals: "two" is not a number. ` + setOne},
	{`{"dba":{"email":"d@example.com","approvals":true}}`, `groups.dba.approvals: "true" is not a number. ` + setOne},
	{`{"dba":{"email":"d@example.com","approvals":1.5}}`, `groups.dba.approvals: "1.5" is not a number. ` + setOne},
	{`{"dba":{"email":"d@example.com","approvals":0}}`,
		"groups.dba.approvals: 0 is not between 1 and the number of approvers (1). " + setOne},
	{`{"dba":{"email":"d@example.com,e@example.com","approvals":"3"}}`, "groups.dba.approvals: 3 is not between 1 and the " +
		"number of approvers (2). Run: pulumi config set --path groups.dba.approvals 2"},
	{`{"a.b":{"email":"d@example.com"},"o'neil":{"email":"d@example.com"}}`,
		`groups: "a.b" is not the name of a group: 1 to 40 letters of ASCII, digits, hyphens and underscores. ` +
			`Run: pulumi config rm --path 'groups["a.b"]'` + "\n" +
			`groups: "o'neil" is not the name of a group: 1 to 40 letters of ASCII, digits, hyphens and underscores. ` +
			`Run: pulumi config rm --path 'groups["o'\''neil"]'`},
	{`{"dba":{"email":"` + tooMany + `"}}`, "groups: there are 202 addresses in Emails and the groups, and the topic has room for 200"},
}

const (
	addGroup = "pulumi config set --path groups.NAME.email you@example.com"
	setDBA   = "pulumi config set --path groups.dba.email you@example.com"
	setOne   = "Run: pulumi config set --path groups.dba.approvals 1"
)

func TestWrongGroups(t *testing.T) {
	for _, test := range wrongGroups {
		checkErrors(t, with(required, "groups", test.value), strings.Split(test.want, "\n"))
	}
	checkErrors(t, with(required, "groups.dba.email", "d@example.com"), []string{"groups.dba.email: this path needs --path. " +
		"Run: pulumi config rm groups.dba.email && pulumi config set --path groups.dba.email d@example.com"})
	checkErrors(t, with(required, "group", `{"dba":{}}`), []string{"group: unknown key. Did you mean groups? " +
		"Run: pulumi config rm group && " + addGroup})
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
		map[string]string{"email": "a@example.com,a@example.com", "approvals": "2"},
		[]string{`email: "a@example.com" is listed twice. Run: pulumi config set email a@example.com`},
	},
	{
		map[string]string{"email": "a@example.com,b@example.com", "approvals": "5"},
		[]string{"approvals: 5 is not between 1 and the number of approvers (2). Run: pulumi config set approvals 2"},
	},
	{
		map[string]string{
			"email": "a@example.com", "timeout": "5000h", "groups": `{"dba":{"email":"d@example.com,e@example.com","approvals":2}}`,
		},
		[]string{"groups.dba.approvals: 5000h0m0s is too long for 2 approvals: each starts the time again, and together they may " +
			"take at most 8736h (364 days). " + setOne},
	},
	{
		map[string]string{"email": "a@example.com", "timeout": "0s", "groups": `{"dba":{"email":"d@example.com","approvals":2}}`},
		[]string{"groups.dba.approvals: 2 is not between 1 and the number of approvers (1). " + setOne, "timeout: 0s" + outOfRange},
	},
	{
		map[string]string{"email": "a@example.com", "timeout": "9000h", "groups": `{"dba":{"email":"d@example.com","approvals":2}}`},
		[]string{"groups.dba.approvals: 2 is not between 1 and the number of approvers (1). " + setOne, "timeout: 9000h0m0s" + outOfRange},
	},
	{
		map[string]string{"email": "you", "approvals": "two", "groups": `{"dba":{"email":"x"},"lead":{}}`},
		[]string{
			`approvals: "two" is not a number` + setApprovals,
			`email: "you" is not an e-mail address` + setEmail,
			`groups.dba.email: "x" is not an e-mail address. Run: ` + setDBA,
			"groups.lead.email: at least one address is required. Run: pulumi config set --path groups.lead.email you@example.com",
		},
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

// checkErrors checks the lines of LoadArgs's error, each of which is a problem.
func checkErrors(t *testing.T, values map[string]string, want []string) {
	t.Helper()
	args, err := load(t, values)
	if err == nil || args != nil {
		t.Errorf("%v: LoadArgs = %v, %v, want only an error", values, args, err)
		return
	}
	var lines []string
	for _, problem := range split(err) {
		lines = append(lines, problem.Error())
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("%v: error (-want +got):\n%s", values, diff)
	}
}
