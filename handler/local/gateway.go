package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
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

// gateway brings each request to the function, as an HTTP API does. Unlike the deployed API it passes on every route,
// so that the product's own answers to the wrong ones are seen.
type gateway struct {
	function lambdaFunction
}

func (g gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if headSize(r) > maxRequestHead {
		gatewayError(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	if err != nil {
		gatewayError(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	payload, err := json.Marshal(newEvent(r, body))
	if err == nil {
		payload, err = g.function.invoke(r.Context(), payload)
	}
	var response events.APIGatewayV2HTTPResponse
	if err == nil {
		err = json.Unmarshal(payload, &response)
	}
	content := []byte(response.Body)
	if err == nil && response.IsBase64Encoded {
		content, err = base64.StdEncoding.DecodeString(response.Body)
	}
	if err != nil {
		gatewayError(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range response.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(content) // a client that is gone changes nothing
}

func gatewayError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// headSize is how many bytes the request line and the headers take.
func headSize(r *http.Request) int {
	size := len(r.Method+" "+r.RequestURI+" "+r.Proto+"\r\n") + len("Host: "+r.Host+"\r\n")
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name + ": " + value + "\r\n")
		}
	}
	return size
}

// newEvent is the request in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func newEvent(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	routeKey := r.Method + " " + r.URL.Path
	if !slices.Contains(web.RouteKeys(), routeKey) {
		routeKey = "$default"
	}
	now := time.Now().UTC()
	domain, _, _ := strings.Cut(r.Host, ".")
	event := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              routeKey,
		RawPath:               r.URL.Path,
		RawQueryString:        r.URL.RawQuery,
		Headers:               joined(r.Header, strings.ToLower),
		QueryStringParameters: joined(r.URL.Query(), func(name string) string { return name }),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: routeKey, AccountID: "000000000000", Stage: "$default", RequestID: rand.Text(), APIID: "local",
			DomainName: r.Host, DomainPrefix: domain,
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto,
				SourceIP: sourceIP(r.RemoteAddr), UserAgent: r.UserAgent(),
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

func joined(values map[string][]string, rename func(string) string) map[string]string {
	single := map[string]string{}
	for name, list := range values {
		single[rename(name)] = strings.Join(list, ",")
	}
	return single
}

func sourceIP(remoteAddr string) string {
	host, _, err := net.SplitHostPort(remoteAddr)
	if err != nil {
		return remoteAddr
	}
	return host
}

// encodeBody leaves text as it is. A posted form is none to API Gateway.
func encodeBody(body []byte, contentType string) (text string, isBase64 bool) {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	isText := mediaType == "" || strings.HasPrefix(mediaType, "text/") ||
		mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	if len(body) == 0 || isText && utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}
