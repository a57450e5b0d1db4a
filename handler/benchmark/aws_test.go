//go:build linux

package benchmark

import (
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"approval-workflow/handler/approval/approvaltest"
)

// endpoint is the address of a fake AWS.
type endpoint struct {
	name, url string
	roots     string // file with the certificates to trust
}

// environment returns the variables that lead a program to the endpoint. Go and OpenSSL read SSL_CERT_FILE, boto3 reads
// REQUESTS_CA_BUNDLE. SSL_CERT_DIR stays unset as on Lambda, so a program may read the system's certificate folders too.
func (e endpoint) environment() []string {
	return []string{"AWS_ENDPOINT_URL=" + e.url, "SSL_CERT_FILE=" + e.roots, "REQUESTS_CA_BUNDLE=" + e.roots}
}

// startAWS starts a fake KMS, SNS and Step Functions, with TLS and without.
func startAWS(b *testing.B) []endpoint {
	certificate, root := newCertificate(b)
	aws := newAWS(b)
	secure := httptest.NewUnstartedServer(aws)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	b.Cleanup(secure.Close)
	plain := httptest.NewServer(aws)
	b.Cleanup(plain.Close)
	roots := writeRoots(b, root)
	return []endpoint{{"TLS", secure.URL, roots}, {"HTTP", plain.URL, roots}}
}

// fakeAWS answers the calls of the programs. The task of its only execution always waits.
type fakeAWS struct {
	events []json.RawMessage // of the execution, the newest first
}

func newAWS(b *testing.B) fakeAWS {
	history, err := os.ReadFile("../testdata/waiting.json")
	if err != nil {
		b.Fatal(err)
	}
	var page struct{ Events []json.RawMessage }
	if err := json.Unmarshal(history, &page); err != nil {
		b.Fatal(err)
	}
	return fakeAWS{events: page.Events}
}

func (f fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		serveSNS(w, string(body))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch target {
	case "TrentService.GenerateMac":
		// KMS has another host name than Step Functions, so no program can use its connection for both.
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"KeyId":"arn:aws:kms:eu-west-1:123456789012:key/1","Mac":%q,"MacAlgorithm":"HMAC_SHA_256"}`,
			base64.StdEncoding.EncodeToString([]byte(approvaltest.Key)))
	case "AWSStepFunctions.GetExecutionHistory":
		f.serveHistory(w, body)
	case "AWSStepFunctions.SendTaskSuccess":
		_, _ = io.WriteString(w, "{}")
	default:
		http.Error(w, `{"__type":"UnknownOperationException"}`, http.StatusBadRequest)
	}
}

// serveHistory answers with at most as many events as the call asks for.
func (f fakeAWS) serveHistory(w http.ResponseWriter, body []byte) {
	var call struct {
		MaxResults           int
		IncludeExecutionData *bool
	}
	_ = json.Unmarshal(body, &call)
	if call.IncludeExecutionData != nil && !*call.IncludeExecutionData { // the function asks how the execution has ended
		_, _ = io.WriteString(w, `{"events":[{"id":14,"timestamp":1795340400.42,"type":"ExecutionSucceeded"}]}`)
		return
	}
	page := map[string]any{"events": f.events}
	if most := cmp.Or(call.MaxResults, 100); most < len(f.events) {
		page = map[string]any{"events": f.events[:most], "nextToken": "next"}
	}
	answer, _ := json.Marshal(page)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer))) // as from AWS
	_, _ = w.Write(answer)
}

func serveSNS(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/xml")
	call, _ := url.ParseQuery(body)
	switch call.Get("Action") {
	case "ListSubscriptionsByTopic":
		var members strings.Builder
		for i := range approvers {
			fmt.Fprintf(&members, "<member><SubscriptionArn>arn:aws:sns:eu-west-1:123456789012:approvals:%[1]d</SubscriptionArn>"+
				"<Protocol>email</Protocol><Endpoint>approver-%[1]d@example.com</Endpoint></member>", i)
		}
		fmt.Fprintf(w, "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>%s</Subscriptions>"+
			"</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>", members.String())
	case "Publish":
		_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}
