//go:build linux

package benchmark

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"approval-workflow/handler/approval/approvaltest"
)

// endpoint is the address of a fake AWS.
type endpoint struct {
	name, url string
	roots     string // file with the certificates to trust
	startOnly bool   // measures nothing after the first click
}

// environment returns the variables that lead a program to the endpoint. Go and OpenSSL read SSL_CERT_FILE, boto3 reads
// REQUESTS_CA_BUNDLE. SSL_CERT_DIR stays unset as on Lambda, so a program may read the system's certificate folders too.
func (e endpoint) environment() []string {
	return []string{"AWS_ENDPOINT_URL=" + e.url, "SSL_CERT_FILE=" + e.roots, "REQUESTS_CA_BUNDLE=" + e.roots}
}

// startAWS starts a fake KMS, SNS and Step Functions, with TLS and without. For TLS, the programs read the certificates from a
// bundle like Debian's and from one like Amazon Linux's.
func startAWS(b *testing.B) []endpoint {
	certificate, root := newCertificate(b)
	aws := newAWS(b)
	secure := httptest.NewUnstartedServer(aws)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	b.Cleanup(secure.Close)
	plain := httptest.NewServer(aws)
	b.Cleanup(plain.Close)
	return []endpoint{
		{name: "TLS", url: secure.URL, roots: writeRoots(b, root)},
		{name: "TLS, Amazon Linux's bundle", url: secure.URL, roots: writeAmazonLinuxRoots(b, root), startOnly: true},
		{name: "HTTP", url: plain.URL},
	}
}

// fakeAWS answers the calls of the programs. The task of its only execution always waits.
type fakeAWS struct {
	events []json.RawMessage // of the execution, the newest first
}

func newAWS(b *testing.B) fakeAWS {
	history, err := os.ReadFile("../history/testdata/waiting.json")
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
	// The SDK closes a request as soon as its answer begins, and package net/http drops the connection if it is still writing then.
	// AWS is never that quick.
	time.Sleep(time.Millisecond)
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
	if call.IncludeExecutionData != nil && !*call.IncludeExecutionData { // an earlier build asks how the execution has ended
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

const serverName = "server"

// newCertificate returns a certificate for a server and the root that it depends on. Like those of AWS, the chain has a
// root, an intermediate and a server certificate, all with RSA keys of 2,048 bits.
func newCertificate(b *testing.B) (server tls.Certificate, root []byte) {
	var issuer *x509.Certificate
	var signer crypto.Signer
	var chain [][]byte // the server's certificate first
	for serial, name := range []string{"root", "intermediate", serverName} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		template := newTemplate(serial, name)
		if issuer == nil {
			issuer, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
		if err != nil {
			b.Fatal(err)
		}
		if issuer, err = x509.ParseCertificate(der); err != nil {
			b.Fatal(err)
		}
		signer, chain = key, append([][]byte{der}, chain...)
	}
	return tls.Certificate{Certificate: chain[:2], PrivateKey: signer}, chain[2]
}

func newTemplate(serial int, name string) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(serial)), Subject: pkix.Name{CommonName: "Amazon benchmark " + name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		BasicConstraintsValid: true, IsCA: name != serverName, KeyUsage: x509.KeyUsageCertSign,
	}
	if name == serverName {
		template.KeyUsage = x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	return template
}

// systemRoots are the files in which Linux distributions keep the certificates of the trusted authorities.
var systemRoots = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}

// writeRoots writes the system's roots and one more to a file, and returns its path.
func writeRoots(b *testing.B, root []byte) string {
	return writeFile(b, slices.Concat(readRoots(b), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})))
}

// writeAmazonLinuxRoots writes the same certificates in another order, each after a comment with its name.
func writeAmazonLinuxRoots(b *testing.B, root []byte) string {
	var bundle []byte
	for block, rest := (&pem.Block{Type: "CERTIFICATE", Bytes: root}), readRoots(b); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			b.Fatal(err)
		}
		bundle = fmt.Appendf(nil, "# %s\n%s\n%s", certificate.Subject.CommonName, pem.EncodeToMemory(block), bundle)
	}
	return writeFile(b, bundle)
}

func writeFile(b *testing.B, content []byte) string {
	path := filepath.Join(b.TempDir(), "roots.pem")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// readRoots returns the system's roots.
func readRoots(b *testing.B) []byte {
	for _, path := range systemRoots {
		if roots, err := os.ReadFile(path); err == nil {
			return roots
		}
	}
	b.Skip("this system has no file of root certificates, and without it the figures mean little")
	return nil
}
