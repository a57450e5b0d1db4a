// Package adapter passes the events of the Lambda function to an http.Handler. The deployed function and the local run
// share it.
package adapter

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

// Handler is a lambda.Handler that serves every event with one http.Handler.
type Handler struct {
	proxy *httpadapter.HandlerAdapterV2
}

// New returns a Handler that serves events with handler.
func New(handler http.Handler) *Handler {
	return &Handler{proxy: httpadapter.NewV2(handler)}
}

// Invoke answers an event of API Gateway (payload format 2.0) with a response for API Gateway. It answers the payload of
// the state machine's task with null, or with an error that has the name which the state machine matches. A failure must
// never be a normal result: a task with .waitForTaskToken would keep waiting.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &event); err != nil || event.RequestContext.HTTP.Method == "" {
		return []byte("null"), h.send(ctx, payload)
	}
	// The proxy prints a URL that it cannot parse, and whoever has the query can decide.
	if _, err := url.Parse("https://" + event.RequestContext.DomainName + event.RawPath + "?" + event.RawQueryString); err != nil {
		event.RawPath, event.RawQueryString, event.QueryStringParameters = "/", "", nil
	}
	response, err := h.proxy.ProxyWithContext(ctx, event)
	if err != nil {
		return nil, fmt.Errorf("serve gateway event: %w", err)
	}
	return json.Marshal(response)
}

// send passes the task's payload to the http.Handler as POST /send-request.
func (h *Handler) send(ctx context.Context, payload []byte) error {
	event := events.APIGatewayV2HTTPRequest{RawPath: web.SendRequest, Body: string(payload)}
	event.RequestContext.HTTP.Method = http.MethodPost
	response, err := h.proxy.ProxyWithContext(web.WithTask(ctx), event)
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
