// Command naive does the two jobs of the function like most examples: it sends an e-mail for a task, and passes a click to
// the waiting execution. It has no pages and no log, and it does not handle errors.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type app struct {
	sns *sns.Client
	sfn *sfn.Client
	key []byte
}

type task struct {
	TaskToken string `json:"taskToken"`
	Execution struct {
		ID        string    `json:"id"`
		StartedAt time.Time `json:"startedAt"`
	} `json:"execution"`
	Input     json.RawMessage `json:"input"`
	Approvals []record        `json:"approvals"`
}

type record struct {
	Approver  string    `json:"approver"`
	DecidedAt time.Time `json:"decidedAt"`
}

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	mac, err := kms.NewFromConfig(cfg).GenerateMac(ctx, &kms.GenerateMacInput{
		KeyId:        aws.String(os.Getenv("LINK_KEY_ARN")),
		MacAlgorithm: kmstypes.MacAlgorithmSpecHmacSha256,
		Message:      []byte("approval-workflow link key v1"),
	})
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(app{sns: sns.NewFromConfig(cfg), sfn: sfn.NewFromConfig(cfg), key: mac.Mac}.handle)
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
	_, execution, _ := strings.Cut(t.Execution.ID, ":execution:")
	started, sent := strconv.FormatInt(t.Execution.StartedAt.UnixMilli(), 10), strconv.FormatInt(time.Now().Unix(), 10)
	for _, approver := range strings.Split(os.Getenv("APPROVERS"), ",") {
		query := linkQuery(execution, started, approver, sent)
		query += "&signature=" + a.sign(query)
		message := fmt.Sprintf("Approve: %s/approve?%s\n\nReject: %[1]s/reject?%[2]s\n\n%s", os.Getenv("API_URL"), query, t.Input)
		_, err := a.sns.Publish(ctx, &sns.PublishInput{
			TopicArn: aws.String(os.Getenv("TOPIC_ARN")),
			Subject:  aws.String("Approval requested"),
			Message:  aws.String(message),
			MessageAttributes: map[string]snstypes.MessageAttributeValue{
				"approver": {DataType: aws.String("String"), StringValue: aws.String(approver)},
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func linkQuery(execution, started, approver, sent string) string {
	return "execution=" + url.QueryEscape(execution) + "&started=" + started +
		"&approver=" + url.QueryEscape(approver) + "&sent=" + sent
}

func (a app) sign(query string) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte("approval-workflow link v1\n" + query))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

func (a app) decide(ctx context.Context, request events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	link, err := url.ParseQuery(request.RawQueryString)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	query := linkQuery(link.Get("execution"), link.Get("started"), link.Get("approver"), link.Get("sent"))
	if !hmac.Equal([]byte(a.sign(query)), []byte(link.Get("signature"))) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 400}, nil
	}
	t, err := a.read(ctx, link.Get("execution"))
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	status := map[string]string{"/approve": "approved", "/reject": "rejected"}[request.RawPath]
	output, err := json.Marshal(map[string]any{
		"status":    status,
		"approvals": append(t.Approvals, record{Approver: link.Get("approver"), DecidedAt: time.Now().UTC()}),
	})
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	_, err = a.sfn.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String(t.TaskToken),
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

// read returns the payload of the newest task of an execution.
func (a app) read(ctx context.Context, execution string) (task, error) {
	topic := strings.Split(os.Getenv("TOPIC_ARN"), ":")
	history, err := a.sfn.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
		ExecutionArn: aws.String("arn:aws:states:" + topic[3] + ":" + topic[4] + ":execution:" + execution),
		MaxResults:   3,
		ReverseOrder: true,
	})
	if err != nil {
		return task{}, err
	}
	for _, event := range history.Events {
		if event.Type == sfntypes.HistoryEventTypeTaskScheduled {
			var parameters struct{ Payload task }
			err := json.Unmarshal([]byte(*event.TaskScheduledEventDetails.Parameters), &parameters)
			return parameters.Payload, err
		}
	}
	return task{}, errors.New("no task waits")
}
