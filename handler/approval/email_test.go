package approval

import (
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

const testAPI = "https://abc123.execute-api.eu-west-1.amazonaws.com"

var testStart = time.Date(2026, 11, 22, 9, 30, 5, 0, time.UTC)

var testConfig = Config{APIURL: testAPI}

func testRequest(input string) Request {
	return Request{
		TaskToken: "AQDEAAAAKgAAAA+token/with=all==",
		Execution: Execution{
			ID:        "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42",
			Name:      "release-42",
			StartedAt: testStart,
		},
		Input: json.RawMessage(input),
		Wait:  Wait{Seconds: 86_400},
	}
}

func TestComposeGolden(t *testing.T) {
	confirming := testConfig
	confirming.Confirm = true
	configs := map[string]Config{"confirm": confirming}
	later := map[string]time.Duration{"reminded": 12*time.Hour + 3*time.Second}
	tests := map[string]string{
		"confirm":  `{}`,
		"object":   `{"subject":"Release 1.4.2","message":"Release 1.4.2 to production?\nTickets: OPS-1, OPS-2","key":"value"}`,
		"scalar":   `null`,
		"remind":   `{}`,
		"reminded": `{}`,
		"wrapped":  `{"message":"May I?` + strings.Repeat(" ", 400) + `APPROVE: https://evil.example/approve ` + strings.Repeat("x", 200) + `"}`,
		"hostile":  `{"message":"Fine.\n\nAPPROVE:\nhttps://evil.example/approve?token=x\r\n\u202egnp.exe\u0007\u2028REJECT:","\u0085":"\u001b[2J` + "\u202e\u2066\U000e0041" + `"}`,
	}
	for name, input := range tests {
		t.Run(name, func(t *testing.T) {
			config, ok := configs[name]
			if !ok {
				config = testConfig
			}
			request := testRequest(input)
			if strings.HasPrefix(name, "remind") {
				request.Wait = Wait{Seconds: 43_200, PauseSeconds: 1, Reminders: 1, RetryCount: 1}
			}
			email := compose(request, config, testStart.Add(time.Second+later[name]))
			got := "Subject: " + email.Subject + "\n\n" + email.Body
			file := filepath.Join("testdata", "email-"+name+".golden")
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
				t.Errorf("e-mail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSubject(t *testing.T) {
	long := strings.Repeat("long ", 40)
	tests := []struct{ name, input, want string }{
		{"own", `{"subject":"Release 1.4.2"}`, "Approval requested: Release 1.4.2"},
		{"none", `{"key":"value"}`, "Approval requested: release-42"},
		{"blank", `{"subject":" \n "}`, "Approval requested: release-42"},
		{"other type", `{"subject":5}`, "Approval requested: release-42"},
		{"other case", `{"Subject":"x"}`, "Approval requested: release-42"},
		{"array", `["subject"]`, "Approval requested: release-42"},
		{"null", `null`, "Approval requested: release-42"},
		{"line breaks", `{"subject":"a\r\nBcc: b\u2028c\u0085d"}`, "Approval requested: a Bcc: b c d"},
		{"control characters", `{"subject":"a\u0000b\u007fc\u001b"}`, "Approval requested: a?b?c?"},
		{"accents", `{"subject":"Déploiement"}`, "Approval requested: D?ploiement"},
		{"no ASCII", `{"subject":"承認 してください"}`, "Approval requested: release-42"},
		{"long", `{"subject":"` + long + `"}`, ("Approval requested: " + long)[:96] + "..."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := subject(testRequest(test.input), 0); got != test.want {
				t.Errorf("subject(%s) = %q, want %q", test.input, got, test.want)
			}
		})
	}
	t.Run("nothing legible", func(t *testing.T) {
		request := testRequest(`{}`)
		request.Execution.Name = "承認"
		if got := subject(request, 0); got != "Approval requested" {
			t.Errorf("subject = %q", got)
		}
	})
}

// TestComposeHoldsForAnyInput checks what must be true of every e-mail: SNS takes it, the links are whole and stand on
// lines of their own, and nothing of the requester's begins a line before them without being marked.
func TestComposeHoldsForAnyInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.OneOf(
			rapid.String(),
			rapid.Just(strings.Repeat("é\n", 30_000)),
			rapid.Just("\n\nAPPROVE:\n"+testAPI+"/approve?token=evil\n"),
		).Draw(t, "message")
		filler := rapid.SampledFrom([]string{"", "é", "\u202e", "\x01"}).Draw(t, "filler")
		input, err := json.Marshal(map[string]any{
			"message": message,
			"subject": rapid.String().Draw(t, "subject"),
			"filler":  strings.Repeat(filler, rapid.SampledFrom([]int{1, 40_000, 120_000}).Draw(t, "times")),
		})
		if err != nil {
			t.Fatal(err)
		}
		request := testRequest(string(input))
		request.TaskToken = Token(rapid.StringN(1, 2048, -1).Draw(t, "token"))

		email := compose(request, testConfig, testStart)

		if n := len(email.Subject); n == 0 || n >= 100 || strings.ContainsFunc(email.Subject, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("SNS refuses the subject %q", email.Subject)
		}
		if len(email.Body) > 262_144 || !utf8.ValidString(email.Body) {
			t.Fatalf("SNS refuses the body of %d bytes", len(email.Body))
		}
		ours, theirs, ok := strings.Cut(email.Body, "\n-----")
		if !ok {
			t.Fatal("the input is not set apart")
		}
		for action, label := range map[string]string{"approve": "\nAPPROVE:\n", "reject": "\nREJECT:\n"} {
			address := testAPI + "/" + action + "?token=" + url.QueryEscape(string(request.TaskToken)) +
				"&workflow=approval-workflow&execution=release-42&started=1795339805000&sent=1795339805&expires=1795426205\n"
			if strings.Count(ours, label+address) != 1 {
				t.Fatalf("no %s link on a line of its own", action)
			}
			if strings.Count(ours, label) != 1 {
				t.Fatalf("two lines say %q", label)
			}
		}
		for line := range strings.Lines(theirs) {
			if strings.HasPrefix(line, "APPROVE") || strings.HasPrefix(line, "http") {
				t.Fatal("a line of the input passes for ours")
			}
		}
	})
}

func TestComposeCutsLongInput(t *testing.T) {
	whole := compose(testRequest(`"`+strings.Repeat("é", 1000)+`"`), testConfig, testStart).Body
	overhead := len(whole) - 2*1000
	fits := (maxBody - overhead) / 2

	body := compose(testRequest(`"`+strings.Repeat("é", fits)+`"`), testConfig, testStart).Body
	if strings.Contains(body, cutInput) || maxBody-len(body) > 1 {
		t.Errorf("an input that just fits gives %d bytes, cut: %t", len(body), strings.Contains(body, cutInput))
	}
	body = compose(testRequest(`"`+strings.Repeat("é", fits+1)+`"`), testConfig, testStart).Body
	if !strings.HasSuffix(body, "é\n"+cutInput+"\n") || !utf8.ValidString(body) || len(body) > maxBody {
		t.Errorf("an input that is too long ends in %q and has %d bytes", body[len(body)-200:], len(body))
	}
}

// TestEscapeLeavesWritingAlone: joiners belong to words and emoji of many scripts.
func TestEscapeLeavesWritingAlone(t *testing.T) {
	for _, text := range []string{"می\u200cخواهم", "👩\u200d👩\u200d👧", "naïve é 承認", "a\nb"} {
		if got := escape(text); got != text {
			t.Errorf("escape(%q) = %q", text, got)
		}
	}
}

func TestComposeCutsLongMessage(t *testing.T) {
	body := compose(testRequest(`{"message":"`+strings.Repeat("é", maxMessage)+`"}`), testConfig, testStart).Body
	ours, _, _ := strings.Cut(body, "\nWorkflow:")
	if len(ours) > 2*maxMessage || !strings.HasSuffix(ours, "\n"+cutMessage+"\n") {
		t.Errorf("the message takes %d bytes", len(ours))
	}
}

func TestComposeDeepInput(t *testing.T) {
	for depth, indented := range map[int]bool{maxDepth: true, maxDepth + 1: false, 9000: false} {
		input := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		body := compose(testRequest(input), testConfig, testStart).Body
		if got := !strings.Contains(body, input); got != indented {
			t.Errorf("input of depth %d is indented: %t", depth, got)
		}
	}
}

func TestConsoleURL(t *testing.T) {
	tests := []struct{ arn, want string }{
		{
			"arn:aws:states:us-east-1:123456789012:execution:sm:x",
			"https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/arn:aws:states:us-east-1:123456789012:execution:sm:x",
		},
		{
			"arn:aws-cn:states:cn-north-1:123456789012:execution:sm:x",
			"https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/arn:aws-cn:states:cn-north-1:123456789012:execution:sm:x",
		},
		{
			"arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:sm:x",
			"https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/v2/executions/details/arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:sm:x",
		},
		{"arn:aws-unheard-of:states:mars-1:123456789012:execution:sm:x", ""},
		{"x", ""},
	}
	for _, test := range tests {
		if got := consoleURL(test.arn); got != test.want {
			t.Errorf("consoleURL(%s) = %q, want %q", test.arn, got, test.want)
		}
	}
}
