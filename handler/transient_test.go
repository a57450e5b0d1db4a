package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
)

// checkTransient checks that a retry may succeed after the error of every call to AWS.
func checkTransient(ctx context.Context, t *testing.T, config aws.Config) {
	t.Helper()
	n := notifier{client: sns.NewFromConfig(config)}
	checkCode(t, n.Notify(ctx, "jo@example.com", approval.Email{}), approval.CodeNotificationUnavailable)
	_, err := n.Confirmed(ctx)
	checkCode(t, err, approval.CodeNotificationUnavailable)
	client := sfn.NewFromConfig(config)
	checkCode(t, callback{client: client}.Succeed(ctx, "a-token", []byte(`{}`)), approval.CodeUnavailable)
	_, err = executions{client: client, arnPrefix: testPrefix}.Read(ctx, testRef)
	checkCode(t, err, approval.CodeUnavailable)
	_, err = (&linkKey{client: kms.NewFromConfig(config), keyARN: testKeyARN}).LinkKey(ctx)
	checkCode(t, err, approval.CodeUnavailable)
}

func TestUnreachableIsTransient(t *testing.T) {
	config := newAWS(nil)
	config.HTTPClient, config.BaseEndpoint = nil, aws.String("http://127.0.0.1:1")
	checkTransient(t.Context(), t, config)
}

func TestIncompleteAnswerIsTransient(t *testing.T) {
	checkTransient(t.Context(), t, newAWS(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json") {
			w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
			fmt.Fprint(w, `{"x":`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		call, _ := url.ParseQuery(string(body))
		fmt.Fprintf(w, "<%sResponse><%[1]s", call.Get("Action"))
	}))
}

// hangingAWS never answers.
type hangingAWS struct{}

func (hangingAWS) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestNoAnswerInTimeIsTransient(t *testing.T) {
	config := newAWS(nil)
	config.HTTPClient = &http.Client{Transport: hangingAWS{}}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), approval.CallTimeout)
		defer cancel()
		checkTransient(ctx, t, config)
	})
}
