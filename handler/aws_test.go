package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"approval-workflow/handler/approval"
)

// newAWS returns a configuration whose calls to AWS a handler answers. The SDK does not retry.
func newAWS(handle http.HandlerFunc) aws.Config {
	return aws.Config{
		Region:           "eu-west-1",
		HTTPClient:       &http.Client{Transport: direct(handle)},
		RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// direct answers requests without a connection. The SDK may lose the answer of a server that is too quick: it closes the
// request as soon as the answer begins, and then package net/http closes the connection.
// https://github.com/aws/aws-sdk-go-v2/issues/2737
type direct http.HandlerFunc

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d(recorder, r)
	return recorder.Result(), nil
}

// answerJSON returns a handler for the calls of a service with JSON. Each is answered with a status and a body.
func answerJSON(t *testing.T, answer func(operation, body string) (status int, answer string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		status, text := answer(r.Header.Get("X-Amz-Target"), string(body))
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

// exception returns the answer of a service with JSON that refuses a call.
func exception(name string) string { return fmt.Sprintf(`{"__type":%q,"message":"m"}`, name) }

// checkCode checks that err is an [*approval.Error] with that code.
func checkCode(t *testing.T, err error, want approval.Code) {
	t.Helper()
	var known *approval.Error
	if !errors.As(err, &known) {
		t.Fatalf("error = %v, want an *approval.Error", err)
	}
	if known.Code != want {
		t.Errorf("code = %s, want %s: %v", known.Code, want, err)
	}
}

// errorTest is an answer of AWS, and the code of the error that it becomes.
type errorTest struct {
	status    int
	exception string
	want      approval.Code
}

// checkErrors checks the error of a call to a service with JSON after each answer.
func checkErrors(t *testing.T, call func(context.Context, aws.Config) error, tests []errorTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.exception, func(t *testing.T) {
			refuse := func(string, string) (int, string) { return test.status, exception(test.exception) }
			checkCode(t, call(t.Context(), newAWS(answerJSON(t, refuse))), test.want)
		})
	}
}

func TestLoadAWSConfig(t *testing.T) {
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session",
	}
	getenv := func(name string) string { return environment[name] }
	config := loadAWSConfig(getenv)
	if config.Region != "eu-west-1" || config.BaseEndpoint != nil {
		t.Errorf("region = %q, endpoint = %v, want eu-west-1 and none", config.Region, config.BaseEndpoint)
	}
	got, err := config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessKeyID != "key" || got.SecretAccessKey != "secret" || got.SessionToken != "session" || got.CanExpire {
		t.Error("the credentials are not those of the environment")
	}
	const endpoint = "http://127.0.0.1:4566"
	environment["AWS_ENDPOINT_URL"] = endpoint
	if got := aws.ToString(loadAWSConfig(getenv).BaseEndpoint); got != endpoint {
		t.Errorf("endpoint = %q, want %q", got, endpoint)
	}
}
