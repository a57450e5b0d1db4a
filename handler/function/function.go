// Package function is the Lambda function's one way in: whatever invokes it, the event becomes a request to the one
// ServeMux. The deployed binary and the local run share it.
package function

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"approval-workflow/handler/web"
)

// Function answers invocations with an http.Handler. It is a lambda.Handler.
type Function struct {
	adapter *httpadapter.HandlerAdapterV2
}

// New returns a Function that serves every event with handler.
func New(handler http.Handler) *Function {
	return &Function{adapter: httpadapter.NewV2(handler)}
}

// Invoke answers an API Gateway event (payload format 2.0) with the gateway's response, and the task's send-request
// payload with null. A request that was not sent is an error that carries the name the state machine matches, never a
// normal result: under .waitForTaskToken that would leave the execution waiting.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &event); err != nil || event.RequestContext.HTTP.Method == "" {
		return []byte("null"), f.send(ctx, payload)
	}
	// The adapter prints an address that it cannot parse, and the query holds the task token.
	if _, err := url.Parse("https://" + event.RequestContext.DomainName + event.RawPath + "?" + event.RawQueryString); err != nil {
		event.RawPath, event.RawQueryString, event.QueryStringParameters = "/", "", nil
	}
	response, err := f.adapter.ProxyWithContext(ctx, event)
	if err != nil {
		return nil, fmt.Errorf("serve gateway event: %w", err)
	}
	return json.Marshal(response)
}

// send brings the task's payload to the mux as POST /send-request.
func (f *Function) send(ctx context.Context, payload []byte) error {
	event := events.APIGatewayV2HTTPRequest{RawPath: web.SendRequest, Body: string(payload)}
	event.RequestContext.HTTP.Method = http.MethodPost
	response, err := f.adapter.ProxyWithContext(web.WithTask(ctx), event)
	if err != nil {
		return fmt.Errorf("serve task event: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var failure struct{ Error, Message string }
	if err := json.Unmarshal([]byte(response.Body), &failure); err != nil {
		return fmt.Errorf("decode answer of %s: %w", web.SendRequest, err)
	}
	return messages.InvokeResponse_Error{Type: failure.Error, Message: failure.Message}
}
