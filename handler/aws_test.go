package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
)

// awsServer answers every call with a status and a body, as AWS would, and returns the configuration to reach it.
func awsServer(t *testing.T, handle http.HandlerFunc) aws.Config {
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

func code(t *testing.T, err error) approval.Code {
	t.Helper()
	var known *approval.Error
	if !errors.As(err, &known) {
		t.Fatalf("error = %v, want an *approval.Error", err)
	}
	return known.Code
}

func TestCallback(t *testing.T) {
	tests := []struct {
		status    int
		exception string
		want      approval.Code
	}{
		{400, "InvalidToken", approval.CodeInvalidToken},
		{400, "TaskTimedOut", approval.CodeClosed},
		{400, "TaskDoesNotExist", approval.CodeClosed},
		{400, "ThrottlingException", approval.CodeUnavailable},
		{500, "InternalServerError", approval.CodeUnavailable},
		{503, "ServiceUnavailable", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
		{400, "InvalidOutput", approval.CodeInternal},
	}
	for _, test := range tests {
		t.Run(test.exception, func(t *testing.T) {
			config := awsServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.0")
				w.WriteHeader(test.status)
				fmt.Fprintf(w, `{"__type":%q,"message":"m"}`, test.exception)
			})
			err := callback{client: sfn.NewFromConfig(config)}.Succeed(t.Context(), "a-token", []byte(`{}`))
			if got := code(t, err); got != test.want {
				t.Errorf("code = %s, want %s: %v", got, test.want, err)
			}
		})
	}
}

func TestCallbackSucceeds(t *testing.T) {
	var got string
	config := awsServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Header.Get("X-Amz-Target") + " " + string(body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		fmt.Fprint(w, `{}`)
	})
	if err := (callback{client: sfn.NewFromConfig(config)}).Succeed(t.Context(), "a/token+", []byte(`{"status":"approved"}`)); err != nil {
		t.Fatal(err)
	}
	want := `AWSStepFunctions.SendTaskSuccess {"output":"{\"status\":\"approved\"}","taskToken":"a/token+"}`
	if got != want {
		t.Errorf("call = %s, want %s", got, want)
	}
}

func TestExecutions(t *testing.T) {
	const arn = "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"
	config := awsServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if string(body) != `{"executionArn":"`+arn+`"}` {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ExecutionDoesNotExist"}`)
			return
		}
		fmt.Fprint(w, `{"status":"FAILED","error":"Rejected","cause":"why","startDate":1795339805.123}`)
	})
	e := executions{client: sfn.NewFromConfig(config), arnPrefix: "arn:aws:states:eu-west-1:123456789012:execution:"}
	reference := approval.Reference{Workflow: "approval-workflow", Execution: "release-42"}
	got, err := e.Describe(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	want := approval.State{Status: "FAILED", Error: "Rejected", StartedAt: time.UnixMilli(1795339805123), Result: "why"}
	if got.Status != want.Status || got.Result != want.Result || got.Error != want.Error || !got.StartedAt.Equal(want.StartedAt) {
		t.Errorf("state = %+v, want %+v", got, want)
	}
	reference.Execution = "another"
	if _, err := e.Describe(t.Context(), reference); err == nil {
		t.Error("an execution that does not exist was described")
	}
}

func TestNotifier(t *testing.T) {
	tests := []struct {
		status    int
		exception string
		want      approval.Code
	}{
		{400, "Throttling", approval.CodeNotificationUnavailable},
		{500, "InternalError", approval.CodeNotificationUnavailable},
		{503, "ServiceUnavailable", approval.CodeNotificationUnavailable},
		{400, "KMSThrottling", approval.CodeNotificationUnavailable},
		{429, "Throttled", approval.CodeNotificationUnavailable},
		{403, "AuthorizationError", approval.CodeNotificationRefused},
		{404, "NotFound", approval.CodeNotificationRefused},
		{400, "InvalidParameter", approval.CodeNotificationRefused},
	}
	for _, test := range tests {
		t.Run(test.exception, func(t *testing.T) {
			config := awsServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>m</Message></Error></ErrorResponse>`, test.exception)
			})
			n := notifier{client: sns.NewFromConfig(config), topicARN: "arn"}
			if err := n.Notify(t.Context(), approval.Email{}); code(t, err) != test.want {
				t.Errorf("error = %v, want %s", err, test.want)
			}
			if _, err := n.Audience(t.Context()); code(t, err) != test.want {
				t.Errorf("error of Audience = %v, want %s", err, test.want)
			}
		})
	}
}

func TestAudience(t *testing.T) {
	const entry = "<entry><key>Subscriptions%s</key><value>%s</value></entry>"
	answer := ""
	config := awsServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got, want := string(body), "Action=GetTopicAttributes&TopicArn=arn&Version=2010-03-31"; got != want {
			t.Errorf("call = %s, want %s", got, want)
		}
		fmt.Fprintf(w, "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>%s</Attributes>"+
			"</GetTopicAttributesResult></GetTopicAttributesResponse>", answer)
	})
	n := notifier{client: sns.NewFromConfig(config), topicARN: "arn"}
	answer = fmt.Sprintf(entry+entry, "Confirmed", "2", "Pending", "3")
	if got, err := n.Audience(t.Context()); err != nil || got != (approval.Audience{Confirmed: 2, Pending: 3}) {
		t.Errorf("audience = %+v, %v", got, err)
	}
	for _, answer = range []string{fmt.Sprintf(entry, "Confirmed", "2"), fmt.Sprintf(entry, "Pending", "3"), ""} {
		if got, err := n.Audience(t.Context()); err == nil {
			t.Errorf("audience = %+v, although SNS did not tell", got)
		}
	}
}

func TestUnreachableIsTransient(t *testing.T) {
	config := awsServer(t, nil)
	config.BaseEndpoint = aws.String("http://127.0.0.1:1")
	err := notifier{client: sns.NewFromConfig(config)}.Notify(t.Context(), approval.Email{})
	if got := code(t, err); got != approval.CodeNotificationUnavailable {
		t.Errorf("SNS unreachable: code = %s, want %s: %v", got, approval.CodeNotificationUnavailable, err)
	}
	err = callback{client: sfn.NewFromConfig(config)}.Succeed(t.Context(), "x", nil)
	if got := code(t, err); got != approval.CodeUnavailable {
		t.Errorf("Step Functions unreachable: code = %s, want %s: %v", got, approval.CodeUnavailable, err)
	}
}

func TestHalfAnAnswerIsTransient(t *testing.T) {
	config := awsServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		fmt.Fprint(w, `{"x":`)
	})
	err := callback{client: sfn.NewFromConfig(config)}.Succeed(t.Context(), "x", []byte(`{}`))
	if got := code(t, err); got != approval.CodeUnavailable {
		t.Errorf("code = %s, want %s: %v", got, approval.CodeUnavailable, err)
	}
}

func TestSlowIsTransient(t *testing.T) {
	config := awsServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := callback{client: sfn.NewFromConfig(config)}.Succeed(ctx, "x", []byte(`{}`))
	if got := code(t, err); got != approval.CodeUnavailable {
		t.Errorf("code = %s, want %s: %v", got, approval.CodeUnavailable, err)
	}
}

func TestLoadConfig(t *testing.T) {
	valid := map[string]string{
		"TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:approvals",
		"API_URL":   "https://abc123.execute-api.eu-west-1.amazonaws.com",
		"CONFIRM":   "true",
	}
	got, err := loadConfig(func(name string) string { return valid[name] })
	want := config{
		topicARN:        valid["TOPIC_ARN"],
		apiURL:          valid["API_URL"],
		confirm:         true,
		executionPrefix: "arn:aws:states:eu-west-1:123456789012:execution:",
	}
	if err != nil || got != want {
		t.Errorf("loadConfig = %+v, %v, want %+v", got, err, want)
	}
	_, err = loadConfig(func(string) string { return "" })
	for name := range valid {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error = %v, want it to name %s", err, name)
		}
	}
	for name, values := range map[string][]string{
		"TOPIC_ARN": {"approvals", "arn:aws:sqs:eu-west-1:123456789012:queue"},
		"API_URL":   {"abc123.example", "ftp://abc123.example", "https://", "https://abc123.example/?x=1"},
		"CONFIRM":   {"", "maybe"},
	} {
		for _, value := range values {
			_, err := loadConfig(func(n string) string {
				if n == name {
					return value
				}
				return valid[n]
			})
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s %q", name, value)) {
				t.Errorf("%s=%s: error = %v", name, value, err)
			}
		}
	}
}

func TestLoadAWSConfig(t *testing.T) {
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session",
	}
	load := func() (aws.Config, aws.Credentials) {
		config := loadAWSConfig(func(name string) string { return environment[name] })
		credentials, err := config.Credentials.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return config, credentials
	}
	config, got := load()
	if config.Region != "eu-west-1" || config.BaseEndpoint != nil {
		t.Errorf("region %q, endpoint %v", config.Region, config.BaseEndpoint)
	}
	if got.AccessKeyID != "key" || got.SecretAccessKey != "secret" || got.SessionToken != "session" || got.CanExpire {
		t.Errorf("credentials are not those of the environment")
	}
	environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566"
	if config, _ := load(); aws.ToString(config.BaseEndpoint) != "http://127.0.0.1:4566" {
		t.Errorf("endpoint = %v", config.BaseEndpoint)
	}
}
