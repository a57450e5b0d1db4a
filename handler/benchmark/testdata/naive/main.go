// Command naive does the two jobs of the function like most examples: it sends an e-mail for a task, and calls
// SendTaskSuccess for a click. It has no pages and no log, and it does not handle errors.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

type app struct {
	sns *sns.Client
	sfn *sfn.Client
}

type task struct {
	TaskToken string          `json:"taskToken"`
	Input     json.RawMessage `json:"input"`
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(app{sns: sns.NewFromConfig(cfg), sfn: sfn.NewFromConfig(cfg)}.handle)
}

func (a app) handle(ctx context.Context, payload json.RawMessage) (any, error) {
	var t task
	if err := json.Unmarshal(payload, &t); err != nil {
		return nil, err
	}
	if t.TaskToken != "" {
		return nil, a.request(ctx, t)
	}
	var request events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &request); err != nil {
		return nil, err
	}
	return a.decide(ctx, request)
}

func (a app) request(ctx context.Context, t task) error {
	link := func(decision string) string {
		return os.Getenv("API_URL") + "/" + decision + "?token=" + url.QueryEscape(t.TaskToken)
	}
	message := fmt.Sprintf("Approve: %s\n\nReject: %s\n\n%s", link("approve"), link("reject"), t.Input)
	_, err := a.sns.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(os.Getenv("TOPIC_ARN")),
		Subject:  aws.String("Approval requested"),
		Message:  aws.String(message),
	})
	return err
}

func (a app) decide(ctx context.Context, request events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	status := map[string]string{"/approve": "approved", "/reject": "rejected"}[request.RawPath]
	output, err := json.Marshal(map[string]string{"status": status, "decidedAt": time.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	_, err = a.sfn.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String(request.QueryStringParameters["token"]),
		Output:    aws.String(string(output)),
	})
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: 200,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       `{"message": "Workflow ` + status + `"}`,
	}, nil
}
