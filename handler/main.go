// Command handler is the Lambda function of the approval workflow: it asks the approver on behalf of the state machine,
// and answers the approver's clicks behind the HTTP API.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/function"
	"approval-workflow/handler/web"
)

func main() {
	// Lambda gives the function a seventh of a processor (256 MB of the 1,769 that make one). A second thread would only
	// take turns with the first, for a third of each click.
	runtime.GOMAXPROCS(1)
	handler, err := newHandler(os.Getenv)
	if err != nil {
		lambdacontext.NewLogger().Error("start", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(handler)
}

func newHandler(getenv func(string) string) (lambda.Handler, error) {
	config, err := loadConfig(getenv)
	if err != nil {
		return nil, fmt.Errorf("load configuration: %w", err)
	}
	awsConfig := loadAWSConfig(getenv)
	if !strings.HasPrefix(aws.ToString(awsConfig.BaseEndpoint), "http:") { // an emulator's
		loadRoots()
	}
	stepFunctions := sfn.NewFromConfig(awsConfig)
	service := approval.NewService(
		approval.Config{APIURL: config.apiURL, Confirm: config.confirm},
		notifier{client: sns.NewFromConfig(awsConfig), topicARN: config.topicARN},
		callback{client: stepFunctions},
		executions{client: stepFunctions, arnPrefix: config.executionPrefix},
	)
	return function.New(web.NewHandler(service, lambdacontext.NewLogger())), nil
}

// retryables are the errors that may be gone on a retry: the SDK's own, and SNS's throttling, which the SDK does not
// count among them. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
var retryables = append(retry.IsErrorRetryables{
	retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}},
	retry.RetryableErrorCode{Codes: map[string]struct{}{"KMSThrottling": {}, "KMSThrottlingException": {}, "Throttled": {}}},
}, retry.DefaultRetryables...)

// transient tells whether a call to AWS may come off later: an error worth a retry, no answer in time, or half of one.
func transient(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, new(*smithy.DeserializationError)) ||
		retryables.IsErrorRetryable(err) == aws.TrueTernary
}
