package main

import (
	"crypto/rand"
	"encoding/base64"
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

// newEvent returns the event of API Gateway for a request, in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func newEvent(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	routeKey := r.Method + " " + r.URL.Path
	if !slices.Contains(web.RouteKeys(), routeKey) {
		routeKey = "$default"
	}
	event := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              routeKey,
		RawPath:               r.URL.Path,
		RawQueryString:        r.URL.RawQuery,
		Headers:               join(r.Header, strings.ToLower),
		QueryStringParameters: join(r.URL.Query(), func(name string) string { return name }),
		RequestContext:        newRequestContext(r, routeKey),
	}
	event.Headers["host"] = r.Host
	for _, cookie := range r.Cookies() {
		event.Cookies = append(event.Cookies, cookie.Name+"="+cookie.Value)
	}
	delete(event.Headers, "cookie")
	event.Body, event.IsBase64Encoded = encodeBody(body, r.Header.Get("Content-Type"))
	return event
}

func newRequestContext(r *http.Request, routeKey string) events.APIGatewayV2HTTPRequestContext {
	now := time.Now().UTC()
	domainPrefix, _, _ := strings.Cut(r.Host, ".")
	return events.APIGatewayV2HTTPRequestContext{
		RouteKey: routeKey, AccountID: "000000000000", Stage: "$default", RequestID: rand.Text(), APIID: "local",
		DomainName: r.Host, DomainPrefix: domainPrefix,
		Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method: r.Method, Path: r.URL.Path, Protocol: r.Proto,
			SourceIP: sourceIP(r.RemoteAddr), UserAgent: r.UserAgent(),
		},
	}
}

// join joins the values of each name by commas.
func join(values map[string][]string, rename func(string) string) map[string]string {
	joined := map[string]string{}
	for name, list := range values {
		joined[rename(name)] = strings.Join(list, ",")
	}
	return joined
}

func sourceIP(remoteAddr string) string {
	host, _, err := net.SplitHostPort(remoteAddr)
	if err != nil {
		return remoteAddr
	}
	return host
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
