// Command handler is the Lambda function of the approval workflow. It sends the requests of the state machine to the
// approvers, and answers their clicks behind the HTTP API.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/approval"
	"approval-workflow/handler/web"
)

func main() {
	// Lambda gives the function a seventh of a processor: 256 MB of the 1,769 MB that make one. A second thread would only
	// compete with the first. It makes each click a third more expensive.
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
	key := &linkKey{
		client: kms.NewFromConfig(awsConfig), keyARN: config.linkKeyARN, generation: config.linkGeneration,
	}
	logger := lambdacontext.NewLogger()
	if err := prepare(key, awsConfig); err != nil {
		logger.Warn("start", "error", err.Error())
	}
	stepFunctions := sfn.NewFromConfig(awsConfig)
	service := approval.NewService(
		approval.Config{
			APIURL: config.apiURL, Approvers: config.approvers, Groups: config.groups, Outcomes: config.outcomes,
			Confirm: config.confirm, Name: config.name,
		},
		approval.Ports{
			Notifier: notifier{
				client: sns.NewFromConfig(awsConfig), topicARN: config.topicARN, outcomeTopicARN: config.outcomeTopicARN,
				alarmTopicARN: config.alarmTopicARN,
			},
			Callback:   callback{client: stepFunctions},
			Executions: executions{client: stepFunctions, arnPrefix: config.executionPrefix},
			Keys:       key,
		},
	)
	return adapter.New(web.NewHandler(service, logger)), nil
}
