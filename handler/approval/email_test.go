package approval

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"sort"
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
		unconfirmed []string
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
		{name: "unconfirmed", input: `{}`, confirm: true, unconfirmed: []string{"ed@example.com", "al@example.com"}},
		{name: "group", input: `{"group":"dba","requester":"ann@example.com"}`, needed: 2},
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
			request.Groups = map[string]int{"dba": test.needed}
			email := Compose(request, test.confirm, TestStart.Add(time.Second+test.after), test.unconfirmed...)
			CheckGolden(t, "email-"+test.name+".golden", "Subject: "+email.Subject+"\n\n"+email.Body)
		})
	}
}

// CheckGolden compares got with a golden file.
func CheckGolden(t *testing.T, name, got string) {
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
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the e-mail differs from %s (-want +got):\n%s", file, diff)
	}
}

// TestComposeHiddenCharacters checks that neither the name of an execution, which the requester chooses, nor an address can
// turn the text of an e-mail around.
func TestComposeHiddenCharacters(t *testing.T) {
	request := RequestWith("{}")
	request.Execution.Name = "release-\u202e42"
	request.Execution.ARN = strings.Replace(request.Execution.ARN, "release-42", request.Execution.Name, 1)
	request.ApprovalsNeeded, request.Approvals = 3, []Record{{Approver: "ed@example.com"}, {Approver: "al\u202e@example.com"}}
	body := Compose(request, false, TestStart, "cy\u202e@example.com").Body
	if strings.Contains(body, "\u202e") || strings.Contains(body, "AWS console") {
		t.Errorf("the e-mail contains the mark itself or a changed address:\n%q", body)
	}
	for _, want := range []string{
		"\nExecution:  release-\\u202e42\n", "\nApprovals:  3 needed, 2 so far: ed@example.com,\n            al\\u202e@example.com\n",
		"\nNot asked:  cy\\u202e@example.com\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the e-mail does not contain %q:\n%q", want, body)
		}
	}
}

// TestComposeWithoutConsole checks that the e-mail of an execution that is not on AWS does not name the console.
func TestComposeWithoutConsole(t *testing.T) {
	for _, without := range []bool{false, true} {
		if got := (Config{NoConsole: without}).console(RequestWith("{}").Execution); (got == "") != without {
			t.Errorf("NoConsole = %t: %q", without, got)
		}
	}
}

// TestComposeCuts checks that what is too long is cut, that the e-mail says so, and that it is as long as SNS allows otherwise.
func TestComposeCuts(t *testing.T) {
	bodyWith := func(input string) string { return Compose(RequestWith(input), false, TestStart).Body }
	ours, _, _ := strings.Cut(bodyWith(`{"message":"`+strings.Repeat("é", maxMessage)+`"}`), "\nWorkflow:")
	if len(ours) > 2*maxMessage || !strings.HasSuffix(ours, "é\n"+cutMessage+"\n") {
		t.Errorf("a long message takes %d bytes of the e-mail", len(ours))
	}
	inputOf := func(characters int) string { return bodyWith(`"` + strings.Repeat("é", characters) + `"`) }
	fits := sort.Search(maxBody, func(n int) bool { return strings.Contains(inputOf(n+1), cutText) })
	if body := inputOf(fits); strings.Contains(body, cutText) || maxBody-len(body) > len("é\n") {
		t.Errorf("the longest input gives %d bytes, cut: %t", len(body), strings.Contains(body, cutText))
	}
	body := inputOf(fits + 1)
	if !strings.HasSuffix(body, "é\n"+cutText+"\n") || !utf8.ValidString(body) || len(body) > maxBody {
		t.Errorf("a longer input gives %d bytes that end in %q", len(body), body[len(body)-200:])
	}
}

// TestAnyEmail checks what must be true of every e-mail. SNS accepts it. Each link is complete and on a line of its own. The
// requester's text comes after the links, or every line of it is marked. The task token is nowhere.
func TestAnyEmail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		request := RequestWith(drawInput(t))
		request.Schedule.Reminders = rapid.IntRange(0, 3).Draw(t, "reminders")
		service := NewService(Config{APIURL: TestAPI, Name: rapid.String().Draw(t, "name")}, Ports{})
		details, _ := parseDetails(request.Input)
		email := service.compose(service.newDraft(request, details, nil, TestStart), "jo@example.com", []byte(testKey))
		checkLimits(t, email)
		if strings.Contains(email.Subject+email.Body, string(request.TaskToken)) {
			t.Fatal("the e-mail contains the task token")
		}
		before, after, found := strings.Cut(email.Body, "\n-----")
		if !found {
			t.Fatal("the e-mail has no line before the input")
		}
		for label, address := range map[string]string{"\nAPPROVE:\n": email.ApproveURL, "\nREJECT:\n": email.RejectURL} {
			if strings.Count(before, label) != 1 || !strings.Contains(before, label+address+"\n") {
				t.Fatalf("a link is not the only one on a line of its own after %q", label)
			}
		}
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

// checkLimits checks the limits of https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, however SNS counts characters.
func checkLimits(t *rapid.T, email Email) {
	refused := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
	if n := characters(email.Subject); n == 0 || n >= 100 || !utf8.ValidString(email.Subject) || strings.ContainsFunc(email.Subject, refused) {
		t.Fatalf("SNS refuses the subject %q", email.Subject)
	}
	if len(email.Body) > 262_144 || !utf8.ValidString(email.Body) {
		t.Fatalf("SNS refuses the body of %d bytes", len(email.Body))
	}
}

// TestSubject checks that the workflow's name is at the end, however long the rest is.
func TestSubject(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		name, subject string
		reminder      int
		want          string
	}{
		{"prod", "Release 1.4.2", 0, "Approve? Release 1.4.2 [prod]"},
		{"prod", "Release 1.4.2", 2, "Reminder: approve? Release 1.4.2 [prod]"},
		{"prod", "Release [dev]", 0, "Approve? Release [dev] [prod]"},
		{"prod", long, 0, "Approve? " + long[:99-len("Approve? ... [prod]")] + "... [prod]"},
		{long, long, 2, "Reminder: approve? " + long[:34] + "... [" + long[:37] + "...]"},
		{"a\nb\u202e", "c", 0, `Approve? c [a b\u202e]`},
		{"--", "\u202e-", 0, "Approve? release-42"}, // nothing of them is readable
	}
	for _, test := range tests {
		request := RequestWith("{}")
		request.Schedule.Reminders = 3
		got := Config{Name: test.name}.subject(request, details{subject: test.subject}, test.reminder)
		if got != test.want || len(got) > maxSubject {
			t.Errorf("subject = %q, want %q", got, test.want)
		}
	}
}

// TestShorten checks that a cut takes apart neither an emoji nor a letter with its marks.
func TestShorten(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 5, "ab..."}, {"abc def", 7, "abc def"}, {"abc def", 6, "abc..."},
		{"日本日本", 4, "日本日本"}, {"a✅✅✅✅", 4, "a..."},
		{"a😀b", 4, "a😀b"}, {"a😀bcd", 5, "a..."}, {"a😀bcd", 6, "a😀bcd"},
		{"ae\u0301bcde", 5, "a..."}, {"ae\u0301bcde", 6, "ae\u0301..."},
		{"a👩\u200d👩\u200d👧bcde", 10, "a..."}, {"a👩\u200d👩\u200d👧bcde", 12, "a👩\u200d👩\u200d👧..."},
		{"a👍🏽bcde", 7, "a..."}, {"a❤\ufe0fbcd", 5, "a..."},
	}
	for _, test := range tests {
		if got := shorten(test.text, test.limit); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func TestQuote(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for message, want := range map[string]string{
		"May I?":        "> May I?\n",
		"a\nb\r\nc\rd":  "> a\n> b\n> c\n> d\n",
		"a\n\nb":        "> a\n> \n> b\n",
		long:            "> " + long + "\n",
		long + "y":      "> " + long + "\n> y\n",
		"words " + long: "> words\n> " + long + "\n",
		"a\x1b[2Jb":     `> a\u001b[2Jb` + "\n",
	} {
		if got := quote(message, cutMessage); got != want {
			t.Errorf("quote(%q) = %q, want %q", message, got, want)
		}
	}
}

// TestQuoteMarksEveryLine checks that no message gets a line into the e-mail that an approver could take for one of the
// workflow.
func TestQuoteMarksEveryLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.String().Draw(t, "message")
		for line := range strings.Lines(quote(message, cutMessage)) {
			text, marked := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> ")
			if !marked || utf8.RuneCountInString(text) > maxLine {
				t.Fatalf("line %q is not marked or too long", line)
			}
		}
	})
}

func TestCut(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 3, "aé"}, {"aé", 2, "a"}, {"😀", 3, ""}}
	for _, test := range tests {
		if got := cut(test.text, test.limit); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

// TestEscape includes joiners, which belong to the words and emoji of many scripts and stay.
func TestEscape(t *testing.T) {
	tests := map[string]string{
		"\x00\a\r\t": `\u0000\u0007\u000d\u0009`, "\u0085": `\u0085`, "\u2028": `\u2028`, "\u2029": `\u2029`, "\u202e": `\u202e`,
		"\U000e0041": `\udb40\udc41`, "\ufdd0": `\ufdd0`, "\ufdef": `\ufdef`, "\ufffe": `\ufffe`, "\uffff": `\uffff`,
		"\U0001fffe": `\ud83f\udffe`, "\U0010ffff": `\udbff\udfff`, "\xff": "\ufffd",
	}
	for _, same := range []string{"می\u200cخواهم", "👩\u200d👩\u200d👧", "naïve é 承認", "a\nb", "\ufdcf\ufdf0\ufffc\ufffd\U0001fffd"} {
		tests[same] = same
	}
	for text, want := range tests {
		if got := escape(text); got != want {
			t.Errorf("escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestConsoleOfOtherExecutions checks that the e-mail has no console link whose end mail programs cut: it would lead to another
// execution. "release-1." becomes "release-1" in 30 of 32 programs, "v1!" becomes "v1" in 25, "v1-" in Thunderbird, Evolution
// and Geary, "it's" becomes "it" in Roundcube and Gnus, and "größe" becomes "gr" in K-9.
func TestConsoleOfOtherExecutions(t *testing.T) {
	for name, want := range map[string]bool{
		"release-1": true, "release-1.4.2": true, "63JMJRNYKUJLN4NAA5XUJDXJXB": true, "a_b": true,
		"release-1.": false, "v1!": false, "v1-": false, "v1_": false, "it's": false, "größe": false, "v1(2)": false, "a..b": false, "a--b": false, "a-_b": false, ".a": false,
		"v1~2": false, "a+b": false, "a@b": false, "a=b": false,
	} {
		request := RequestWith(`{}`)
		request.Execution.Name = name
		request.Execution.ARN = strings.TrimSuffix(request.Execution.ARN, "release-42") + name
		body := Compose(request, false, TestStart).Body
		if got := strings.Contains(body, "console.aws.amazon.com"); got != want {
			t.Errorf("%s: the e-mail has a console link: %t, want %t", name, got, want)
		}
		if !strings.Contains(body, "Execution:  "+name+"\n") {
			t.Errorf("%s: the e-mail does not have the name", name)
		}
	}
}

// TestLinesOfAnEmail checks that no line is longer than mail systems accept, whatever the requester's input is: Exim's smtp
// transport refuses such an e-mail (Postfix folds it), and then nobody is asked.
func TestLinesOfAnEmail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.Rune(), 0, 3000, -1)
		input, err := json.Marshal(map[string]any{
			"subject": text.Draw(t, "subject"), "message": text.Draw(t, "message"), "requester": "Jo " + strings.Repeat("\u202e", 200),
			"review": "https://example.com/" + strings.Repeat("a", rapid.IntRange(0, 2028).Draw(t, "review")), "list": []string{text.Draw(t, "list"), strings.Repeat(" ", rapid.IntRange(900, 999).Draw(t, "blanks")) + "APPROVE:\u202e\x07\\"},
		})
		if err != nil {
			t.Fatal(err)
		}
		body := Compose(RequestWith(string(input)), true, TestStart).Body
		ours, below, _ := strings.Cut(body, "----- Input of the execution")
		_, rest, _ := strings.Cut(below, "\n")
		for line := range strings.Lines(ours + rest) {
			if len(strings.TrimSuffix(line, "\n")) > 998 {
				t.Fatalf("a line has %d bytes", len(line))
			}
		}
		for line := range strings.Lines(rest) {
			if !strings.ContainsAny(line[:1], " {}[]\"\n") || strings.HasSuffix(strings.TrimSpace(line), `\`) {
				t.Fatalf("a line of the input begins or ends like another text: %.100q", line)
			}
		}
	})
}

// TestReviewThatFits checks that a link of the requester is in one line, or that the e-mail says where its parts are.
func TestReviewThatFits(t *testing.T) {
	for length, want := range map[int]bool{100: true, 996: true, 997: false, 2048: false} {
		review := "https://example.com/" + strings.Repeat("a", length-20)
		body := Compose(RequestWith(`{"review":"`+review+`"}`), true, TestStart).Body
		if got := strings.Contains(body, "\n> "+review+"\n"); got != want {
			t.Errorf("a URL of %d bytes is in one line: %t, want %t", length, got, want)
		}
		if got := strings.Contains(body, "is too long for an e-mail"); got == want {
			t.Errorf("a URL of %d bytes is called too long: %t, want %t", length, got, !want)
		}
	}
}
