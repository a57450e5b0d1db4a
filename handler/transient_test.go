package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
)

// checkTransient checks that a retry may succeed after the errors of both services.
func checkTransient(ctx context.Context, t *testing.T, config aws.Config) {
	t.Helper()
	err := notifier{client: sns.NewFromConfig(config)}.Notify(ctx, approval.Email{})
	checkCode(t, err, approval.CodeNotificationUnavailable)
	err = callback{client: sfn.NewFromConfig(config)}.Succeed(ctx, "a-token", []byte(`{}`))
	checkCode(t, err, approval.CodeUnavailable)
}

func TestUnreachableIsTransient(t *testing.T) {
	config := startAWS(t, nil)
	config.BaseEndpoint = aws.String("http://127.0.0.1:1")
	checkTransient(t.Context(), t, config)
}

func TestIncompleteAnswerIsTransient(t *testing.T) {
	checkTransient(t.Context(), t, startAWS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "" { // SNS
			fmt.Fprint(w, "<PublishResponse><Publish")
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		fmt.Fprint(w, `{"x":`)
	}))
}

// hangingAWS never answers.
type hangingAWS struct{}

func (hangingAWS) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestNoAnswerInTimeIsTransient(t *testing.T) {
	config := startAWS(t, nil)
	config.HTTPClient = &http.Client{Transport: hangingAWS{}}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), approval.CallTimeout)
		defer cancel()
		checkTransient(ctx, t, config)
	})
}
