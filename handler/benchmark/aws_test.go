//go:build linux

package benchmark

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
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

// startAWS starts a fake SNS and Step Functions, with TLS and without.
func startAWS(b *testing.B) []endpoint {
	certificate, root := newCertificate(b)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(serveAWS))
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	b.Cleanup(secure.Close)
	plain := httptest.NewServer(http.HandlerFunc(serveAWS))
	b.Cleanup(plain.Close)
	roots := writeRoots(b, root)
	return []endpoint{{"TLS", secure.URL, roots}, {"HTTP", plain.URL, roots}}
}

func serveAWS(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.Header.Get("X-Amz-Target") != "" { // Step Functions
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, "{}")
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}
