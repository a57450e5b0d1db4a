// Package adapter passes the events of the Lambda function to an http.Handler. The deployed function and the local run
// share it.
package adapter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

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
	return &Handler{proxy: httpadapter.NewV2(restore(handler))}
}

// Invoke answers an event of API Gateway (payload format 2.0) with a response for API Gateway. It answers the payload of
// the state machine's task, and an event of EventBridge, with null, or with an error that has the name which the state machine
// matches. A failure must never be a normal result: a task with .waitForTaskToken would keep waiting, and Lambda would not try the
// event again. Only the check of the key, which a rule of EventBridge asks for, reports its failure in the log alone.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event gatewayEvent
	err := json.Unmarshal(payload, &event)
	switch {
	case err == nil && event.RequestContext.HTTP.Method != "":
		response, err := h.serve(ctx, &event)
		if err != nil {
			return nil, fmt.Errorf("serve gateway event: %w", err)
		}
		return json.Marshal(response)
	case err == nil && event.DetailType == "Scheduled Event":
		_ = h.post(ctx, web.CheckKey, payload) // the log says it, and the next check comes anyway
		return []byte("null"), nil
	case err == nil && event.DetailType != "":
		return []byte("null"), h.post(ctx, web.ExecutionEnded, payload)
	}
	return []byte("null"), h.post(ctx, web.SendRequest, payload)
}

// gatewayEvent is what the workflow uses of an event of API Gateway.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type gatewayEvent struct {
	RawPath        string            `json:"rawPath"`
	RawQueryString string            `json:"rawQueryString"`
	Headers        map[string]string `json:"headers"`
	RequestContext struct {
		HTTP struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
	} `json:"requestContext"`
	Body            string `json:"body"`
	IsBase64Encoded bool   `json:"isBase64Encoded"`
	// DetailType is only in the events of EventBridge.
	DetailType string `json:"detail-type"`
}

// serve passes an event through the proxy. It hides the method, the path, the query and the headers from the proxy, and
// [restore] puts them back: the proxy would write the method in capitals, take a "?" in the path for the beginning of the query,
// cut the headers at their commas, and print a URL that it cannot parse, although whoever has the query of a link can decide.
func (h *Handler) serve(ctx context.Context, event *gatewayEvent) (events.APIGatewayV2HTTPResponse, error) {
	request := events.APIGatewayV2HTTPRequest{RawPath: "/", Body: event.Body, IsBase64Encoded: event.IsBase64Encoded}
	request.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: http.MethodGet, SourceIP: event.RequestContext.HTTP.SourceIP,
	}
	return h.proxy.ProxyWithContext(context.WithValue(ctx, eventKey{}, event), request)
}

type eventKey struct{}

// restore returns a handler that gives each request what its event came with. An HTTP API has decoded the path, so a "%" or a "?"
// in it is only a character, and has joined the values of equal headers.
// https://github.com/middleapi/standard-server/pull/93
func restore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event := r.Context().Value(eventKey{}).(*gatewayEvent)
		r.Method = event.RequestContext.HTTP.Method
		*r.URL = url.URL{Path: "/" + strings.TrimPrefix(event.RawPath, "/"), RawQuery: event.RawQueryString}
		r.RequestURI = r.URL.RequestURI()
		r.Header = make(http.Header, len(event.Headers))
		room := make([]string, len(event.Headers)) // for all values, in one piece of memory
		for name, value := range event.Headers {
			name = http.CanonicalHeaderKey(name)
			values, equal := r.Header[name]
			if !equal {
				values, room = room[:0:1], room[1:]
			}
			r.Header[name] = append(values, value)
		}
		next.ServeHTTP(w, r)
	})
}

// post passes an event that is not from the gateway to the http.Handler.
func (h *Handler) post(ctx context.Context, path string, payload []byte) error {
	event := gatewayEvent{RawPath: path, Body: string(payload)}
	event.RequestContext.HTTP.Method = http.MethodPost
	response, err := h.serve(web.WithEvent(ctx), &event)
	if err != nil {
		return fmt.Errorf("serve POST %s: %w", path, err)
	}
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var failure struct{ Error, Message string }
	if err := json.Unmarshal([]byte(response.Body), &failure); err != nil {
		return fmt.Errorf("decode answer of %s: %w", path, err)
	}
	return messages.InvokeResponse_Error{Type: failure.Error, Message: failure.Message}
}
