package approval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edited returns validPayload with old replaced.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	if !strings.Contains(validPayload, old) {
		t.Fatalf("the payload does not contain %s", old)
	}
	return strings.Replace(validPayload, old, replacement, 1)
}

type problem struct{ name, payload, want string }

// checkProblems checks that ParseRequest reports each problem and quotes nothing of the payload.
func checkProblems(t *testing.T, problems []problem) {
	t.Helper()
	for _, problem := range problems {
		t.Run(problem.name, func(t *testing.T) {
			_, err := ParseRequest([]byte(problem.payload))
			if CodeOf(err) != CodeInvalidRequest {
				t.Fatalf("code = %q, want %s", CodeOf(err), CodeInvalidRequest)
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatal("the error quotes the payload")
			}
			if !strings.Contains(MessageOf(err), problem.want) {
				t.Errorf("message = %q, want it to contain %q", MessageOf(err), problem.want)
			}
		})
	}
}

// TestParseRequestKeepsTheName checks that the log can name the execution of a request that is not valid.
func TestParseRequestKeepsTheName(t *testing.T) {
	request, err := ParseRequest([]byte(edited(t, "a-token", "")))
	if err == nil || request.Execution.Name != "release-42" {
		t.Errorf("name = %q, error: %t; want release-42 and an error", request.Execution.Name, err != nil)
	}
}

// TestParseRecordedRequests checks the answers to the payloads that the definitions of all versions send. An execution that
// runs during an upgrade keeps its definition.
func TestParseRecordedRequests(t *testing.T) {
	const upgraded = "execution that started before an upgrade and has to be started again"
	for file, want := range map[string]string{
		"task-v1.json": upgraded, "task-v2.json": upgraded, "task-v3.json": "", "task-v3-second-round.json": "",
	} {
		payload, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			checkProblems(t, []problem{{file, string(payload), want}})
		} else if _, err := ParseRequest(payload); err != nil {
			t.Errorf("%s is refused: %s", file, MessageOf(err))
		}
	}
}
