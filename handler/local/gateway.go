package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"approval-workflow/handler/web"
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
	payload, _ := json.Marshal(event) // has only texts and numbers, which always encode
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

// newEvent returns the event of API Gateway for a request, in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func newEvent(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	routeKey := r.Method + " " + r.URL.Path
	if !slices.Contains(web.RouteKeys(), routeKey) {
		routeKey = "$default"
	}
	now := time.Now().UTC()
	domainPrefix, _, _ := strings.Cut(r.Host, ".")
	sourceIP, _, _ := net.SplitHostPort(r.RemoteAddr) // the server sets it to host:port
	event := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              routeKey,
		RawPath:               r.URL.Path,
		RawQueryString:        r.URL.RawQuery,
		Headers:               join(r.Header, strings.ToLower),
		QueryStringParameters: join(r.URL.Query(), func(name string) string { return name }),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: routeKey, AccountID: "000000000000", Stage: "$default", RequestID: rand.Text(), APIID: "local",
			DomainName: r.Host, DomainPrefix: domainPrefix,
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: sourceIP, UserAgent: r.UserAgent(),
			},
		},
	}
	event.Headers["host"] = r.Host
	for _, cookie := range r.Cookies() {
		event.Cookies = append(event.Cookies, cookie.Name+"="+cookie.Value)
	}
	delete(event.Headers, "cookie")
	event.Body, event.IsBase64Encoded = encodeBody(body, r.Header.Get("Content-Type"))
	return event
}

// join joins the values of each name by commas.
func join(values map[string][]string, rename func(string) string) map[string]string {
	joined := map[string]string{}
	for name, list := range values {
		joined[rename(name)] = strings.Join(list, ",")
	}
	return joined
}

// encodeBody returns text as it is, and everything else in base64. API Gateway does not count a form as text.
func encodeBody(body []byte, contentType string) (text string, isBase64 bool) {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	isText := mediaType == "" || strings.HasPrefix(mediaType, "text/") ||
		mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	if len(body) == 0 || isText && utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}
