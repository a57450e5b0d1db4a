package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// API Gateway's limits in bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const (
	maxRequestHead = 10_240 // request line and headers
	maxRequestBody = 10 << 20
)

// gateway invokes the function for each request, like an HTTP API. Unlike the deployed API it passes on unknown routes
// too, so that the function's answers to them can be seen.
type gateway struct {
	function *function
}

// ServeHTTP implements [http.Handler].
func (g gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if headSize(r) > maxRequestHead {
		gatewayError(w, http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if err != nil {
		gatewayError(w, http.StatusRequestEntityTooLarge)
		return
	}
	response, content, err := g.invoke(r.Context(), newEvent(r, body))
	if err != nil {
		gatewayError(w, http.StatusInternalServerError)
		return
	}
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range response.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(content) // the client may be gone
}

// invoke returns the function's response to an event, and the decoded body of the response.
func (g gateway) invoke(
	ctx context.Context, event events.APIGatewayV2HTTPRequest,
) (response events.APIGatewayV2HTTPResponse, body []byte, err error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return response, nil, fmt.Errorf("encode event: %w", err)
	}
	if payload, err = g.function.invoke(ctx, payload); err != nil {
		return response, nil, err
	}
	if err := json.Unmarshal(payload, &response); err != nil {
		return response, nil, fmt.Errorf("decode response: %w", err)
	}
	if !response.IsBase64Encoded {
		return response, []byte(response.Body), nil
	}
	body, err = base64.StdEncoding.DecodeString(response.Body)
	return response, body, err
}

// gatewayError writes an error in API Gateway's own format.
func gatewayError(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": http.StatusText(status)})
}

// headSize returns the number of bytes in the request line and the headers.
func headSize(r *http.Request) int {
	size := len(r.Method+" "+r.RequestURI+" "+r.Proto+"\r\n") + len("Host: "+r.Host+"\r\n")
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name + ": " + value + "\r\n")
		}
	}
	return size
}
