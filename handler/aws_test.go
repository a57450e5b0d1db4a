package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"approval-workflow/handler/approval"
)

// startAWS starts a server that answers calls to AWS, and returns a configuration that leads there. The SDK does not
// retry.
func startAWS(t *testing.T, handle http.HandlerFunc) aws.Config {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return aws.Config{
		Region:           "eu-west-1",
		BaseEndpoint:     aws.String(server.URL),
		RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

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
