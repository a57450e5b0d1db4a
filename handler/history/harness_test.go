package history

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/awstest"
)

// fakeHistory is a Step Functions with one execution.
type fakeHistory struct{ *awstest.History }

// newHistory returns a Step Functions whose execution has a history of folder testdata.
func newHistory(tb testing.TB, name string) fakeHistory {
	tb.Helper()
	return fakeHistory{awstest.ReadHistory(tb, "testdata/"+name+".json")}
}

func parseHistory(tb testing.TB, text string) fakeHistory {
	tb.Helper()
	return fakeHistory{awstest.ParseHistory(tb, text)}
}

func (f fakeHistory) read() (approval.Execution, error) {
	client := sfn.NewFromConfig(awstest.Config(awstest.Answer(f.TB, f.Answer)))
	return Read(context.Background(), client, awstest.ExecutionARN)
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(content)
}
