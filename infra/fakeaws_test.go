package infra

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fakeAWS answers calls to SNS and Step Functions, and records them.
type fakeAWS struct {
	url   string
	calls chan awsCall
}

type awsCall struct {
	operation  string
	parameters url.Values
}

func startAWS(t *testing.T) *fakeAWS {
	aws := &fakeAWS{calls: make(chan awsCall, 10)}
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	aws.url = server.URL
	return aws
}

func (a *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "AWSStepFunctions."); ok {
		var input map[string]string
		_ = json.Unmarshal(body, &input) // the test fails because of the missing parameters
		parameters := url.Values{}
		for name, value := range input {
			parameters.Set(name, value)
		}
		a.calls <- awsCall{operation, parameters}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, "{}")
		return
	}
	parameters, _ := url.ParseQuery(string(body))
	a.calls <- awsCall{parameters.Get("Action"), parameters}
	if parameters.Get("Action") == "GetTopicAttributes" {
		_, _ = io.WriteString(w, `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>`+
			`<entry><key>SubscriptionsConfirmed</key><value>1</value></entry>`+
			`<entry><key>SubscriptionsPending</key><value>0</value></entry>`+
			`</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`)
		return
	}
	_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}

// take returns the parameters of the next recorded call. It fails if that is another operation.
func (a *fakeAWS) take(t *testing.T, operation string) url.Values {
	t.Helper()
	select {
	case call := <-a.calls:
		if call.operation != operation {
			t.Fatalf("operation = %s, want %s", call.operation, operation)
		}
		return call.parameters
	default:
		t.Fatalf("the function did not call %s", operation)
		return nil
	}
}
