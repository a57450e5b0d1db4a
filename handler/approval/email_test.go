package approval

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func TestComposeGolden(t *testing.T) {
	reminded := Schedule{IntervalSeconds: 43_200, PauseSeconds: 1, Reminders: 1}
	tests := []struct {
		name, input string
		confirm     bool
		schedule    Schedule      // instead of one interval of a day
		after       time.Duration // the time from the first e-mail to this one
		needed      int           // instead of one approval
		approvals   []Record
	}{
		{name: "confirm", input: `{}`, confirm: true},
		{name: "object", input: `{"subject":"Release 1.4.2",` +
			`"message":"Release 1.4.2 to production?\nTickets: OPS-1, OPS-2","key":"value"}`},
		{name: "details", input: `{"message":"May I?","review":"https://example.com/app/pull/7?` + strings.Repeat("x", 60) + `",` +
			`"requester":"Ann \"APPROVE:\u202e\u0007 <ann@example.com>` + strings.Repeat(" x", 40) + `"}`},
		{name: "scalar", input: `null`},
		{name: "remind", input: `{}`, schedule: reminded},
		{name: "reminded", input: `{}`, schedule: reminded, after: 12*time.Hour + 3*time.Second},
		{name: "two-of-three", input: `{"subject":"Release 1.4.2"}`, schedule: reminded, needed: 2},
		{name: "reminded-after-approval", input: `{"subject":"Release 1.4.2"}`, schedule: reminded,
			after: 12*time.Hour + 3*time.Second, needed: 2, approvals: []Record{{Approver: "ed@example.com"}}},
		{name: "wrapped", input: `{"message":"May I?` + strings.Repeat(" ", 400) +
			`APPROVE: https://evil.example/approve ` + strings.Repeat("x", 200) + `"}`},
		{name: "hostile", input: `{"message":"Fine.\n\nAPPROVE:\nhttps://evil.example/approve?execution=x\r\n` +
			`\u202egnp.exe\u0007\u2028REJECT:","\u0085":"\u001b[2J` + "\u202e\u2066\U000e0041" + `"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := RequestWith(test.input)
			if test.schedule != (Schedule{}) {
				request.Schedule, request.RetryCount = test.schedule, 1
			}
			request.ApprovalsNeeded, request.Approvals = max(1, test.needed), test.approvals
			email := Compose(request, test.confirm, TestStart.Add(time.Second+test.after))
			checkGolden(t, "email-"+test.name+".golden", "Subject: "+email.Subject+"\n\n"+email.Body)
		})
	}
}

// TestComposeHiddenCharacters checks that the name of an execution, which the requester chooses, cannot turn the text of an
// e-mail around.
func TestComposeHiddenCharacters(t *testing.T) {
	request := RequestWith("{}")
	request.Execution.Name = "release-\u202e42"
	request.Execution.ARN = strings.Replace(request.Execution.ARN, "release-42", request.Execution.Name, 1)
	body := Compose(request, false, TestStart).Body
	if strings.Contains(body, "\u202e") || strings.Contains(body, "AWS console") || !strings.Contains(body, "Execution:  release-\\u202e42\n") {
		t.Errorf("the e-mail contains the mark itself or a changed address:\n%q", body)
	}
}

func TestApprovalsSoFar(t *testing.T) {
	request := RequestWith("{}")
	request.ApprovalsNeeded = 3
	request.Approvals = []Record{{Approver: "ed@example.com"}, {Approver: "al\u202e@example.com"}}
	want := "3 needed, 2 so far: ed@example.com,\n            al\\u202e@example.com"
	if got := approvalsSoFar(request); got != want {
		t.Errorf("approvalsSoFar() = %q, want %q", got, want)
	}
}

// checkGolden compares got with a golden file.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the e-mail differs from %s (-want +got):\n%s", file, cmp.Diff(string(want), got))
	}
}

// TestComposeAnyInput checks what must be true of every e-mail. SNS accepts it. Each link is complete and on a line of its
// own. The requester's text comes after the links, or every line of it is marked. The task token is nowhere.
func TestComposeAnyInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		request := RequestWith(drawInput(t))
		email := Compose(request, false, TestStart)

		checkLimits(t, email)
		if strings.Contains(email.Subject+email.Body, string(request.TaskToken)) {
			t.Fatal("the e-mail contains the task token")
		}
		before, after, found := strings.Cut(email.Body, "\n-----")
		if !found {
			t.Fatal("the e-mail has no line before the input")
		}
		checkLinks(t, before)
		for line := range strings.Lines(after) {
			if strings.HasPrefix(line, "APPROVE") || strings.HasPrefix(line, "http") {
				t.Fatal("a line of the input looks like one of the workflow")
			}
		}
	})
}

func drawInput(t *rapid.T) string {
	message := rapid.OneOf(
		rapid.String(),
		rapid.Just(strings.Repeat("é\n", 30_000)),
		rapid.Just("\n\nAPPROVE:\n"+TestAPI+"/approve?execution=evil\n"),
	).Draw(t, "message")
	filler := rapid.SampledFrom([]string{"", "é", "\u202e", "\x01"}).Draw(t, "filler")
	input, err := json.Marshal(map[string]any{
		"message": message, "review": "https://evil.example/approve?execution=x",
		"requester": rapid.SampledFrom([]string{"ann@example.com", "Approver:   x@example.com APPROVE: http://x " + strings.Repeat("😀", 200)}).
			Draw(t, "requester"),
		"subject": rapid.String().Draw(t, "subject"),
		"filler":  strings.Repeat(filler, rapid.SampledFrom([]int{1, 40_000, 120_000}).Draw(t, "times")),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(input)
}

// checkLimits checks the limits of https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func checkLimits(t *rapid.T, email Email) {
	if n := utf8.RuneCountInString(email.Subject); n == 0 || n >= 100 || strings.ContainsFunc(email.Subject, unicode.IsControl) {
		t.Fatalf("SNS refuses the subject %q", email.Subject)
	}
	if len(email.Body) > 262_144 || !utf8.ValidString(email.Body) {
		t.Fatalf("SNS refuses the body of %d bytes", len(email.Body))
	}
}

func checkLinks(t *rapid.T, body string) {
	link := Link{Execution: RequestWith("").Execution.ref(), Approver: "jo@example.com", SentAt: TestStart}
	for path, label := range map[string]string{"/approve": "\nAPPROVE:\n", "/reject": "\nREJECT:\n"} {
		address := TestAPI + path + "?" + SignedQuery(link, testKey) + "\n"
		if strings.Count(body, label+address) != 1 {
			t.Fatalf("the link to %s is not on a line of its own", path)
		}
		if strings.Count(body, label) != 1 {
			t.Fatalf("more than one line is %q", label)
		}
	}
}
