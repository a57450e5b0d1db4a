package stack

import "testing"

// suggestions are values that people type by mistake, with the line of the error. Its command sets what they meant.
var suggestions = []struct{ key, value, want string }{
	{"email", "a@example.com;b@example.com", `email: "a@example.com;b@example.com" separates addresses by a semicolon ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "a@example.com b@example.com", `email: "a@example.com b@example.com" separates addresses by white space ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "a@example.com\nb@example.com", `email: "a@example.com\nb@example.com" separates addresses by white space ` +
		`instead of a comma. Run: pulumi config set email a@example.com,b@example.com`},
	{"email", "Jane Doe <jane@example.com>", `email: "Jane Doe <jane@example.com>" has more than the address. ` +
		`Run: pulumi config set email jane@example.com`},
	{"email", "a@example.com,", "email: there is a comma without an address. Run: pulumi config set email a@example.com"},
	{"email", "a@example.com;x", `email: "a@example.com;x" separates addresses by a semicolon instead of a comma` + setEmail},
	{"email", "o'neil@example.com;b@example.com", `email: "o'neil@example.com;b@example.com" separates addresses by a semicolon ` +
		`instead of a comma. Run: pulumi config set email 'o'\''neil@example.com,b@example.com'`},
	{"alarmEmail", "Ops <ops@example.com>; b@example.com", `alarmEmail: "Ops <ops@example.com>; b@example.com" separates ` +
		`addresses by a semicolon instead of a comma. Run: pulumi config set alarmEmail ops@example.com,b@example.com`},
	{"timeout", "24", `timeout: "24" has no unit: s, m or h. Run: pulumi config set timeout 24h`},
	{"timeout", "1d", `timeout: "1d" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 24h`},
	{"timeout", "2 days", `timeout: "2 days" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 48h`},
	{"timeout", "1d12h", `timeout: "1d12h" counts days, which are not a unit. Hours are. Run: pulumi config set timeout 36h`},
	{"timeout", "400d", `timeout: "400d" counts days, which are not a unit. Hours are` + setTimeout},
	{"timeout", "9000", `timeout: "9000" has no unit: s, m or h` + setTimeout},
	{"confirm", "yes", `confirm: "yes" is not true or false. Run: pulumi config set confirm true`},
	{"confirm", "No", `confirm: "No" is not true or false. Run: pulumi config set confirm false`},
	{"emial", "a@example.com", "emial: unknown key. Did you mean email? " +
		"Run: pulumi config rm emial && pulumi config set email a@example.com"},
	{"reminder", "2", "reminder: unknown key. Did you mean reminders? " +
		"Run: pulumi config rm reminder && pulumi config set reminders 2"},
	{"Timeout", "2h", "Timeout: unknown key. Did you mean timeout? " +
		"Run: pulumi config rm Timeout && pulumi config set timeout 2h"},
	{"colour", "red", "colour: unknown key. The keys are email, timeout, reminders, approvals, confirm, logRetentionDays, " +
		"alarmEmail, dashboard, audit, auditRetentionDays. Run: pulumi config rm colour"},
}

func TestErrorsSuggestWhatWasMeant(t *testing.T) {
	for _, test := range suggestions {
		checkErrors(t, with(required, test.key, test.value), []string{test.want})
	}
}

func TestApprovalsAreSuggestedByTheNumberOfApprovers(t *testing.T) {
	values := map[string]string{"email": "a@example.com,b@example.com", "approvals": "5"}
	checkErrors(t, values, []string{
		"approvals: 5 is not between 1 and the number of approvers (2). Run: pulumi config set approvals 2"})
}

func TestApprovalsMayTakeAYearTogether(t *testing.T) {
	values := map[string]string{"email": "a@example.com,b@example.com", "approvals": "2", "timeout": "5000h"}
	checkErrors(t, values, []string{"timeout: 5000h0m0s is too long for 2 approvals: each starts the time again, and together " +
		"they may take at most 8736h (364 days)" + setTimeout})
}

// A misspelt key may be set with --secret.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Setenv("PULUMI_CONFIG_SECRET_KEYS", `["approval-workflow:emial"]`)
	checkErrors(t, with(required, "emial", "hidden"), []string{"emial: unknown key. Did you mean email? " +
		"Run: pulumi config rm emial && pulumi config set email VALUE"})
}
