//go:build linux

package benchmark

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// endpoint is where the programs find AWS.
type endpoint struct {
	name, url string
	roots     string // file of the certificates to trust
}

// environment tells a program of the endpoint: Go and OpenSSL read SSL_CERT_FILE, boto3 REQUESTS_CA_BUNDLE. Nothing is
// said of the system's certificate folders: they are read beside the bundle, or not, as on Lambda.
func (e endpoint) environment() []string {
	return []string{"AWS_ENDPOINT_URL=" + e.url, "SSL_CERT_FILE=" + e.roots, "REQUESTS_CA_BUNDLE=" + e.roots}
}

// startAWS serves SNS and Step Functions, by TLS and without.
func startAWS(b *testing.B) []endpoint {
	certificate, root := issue(b)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(answerForAWS))
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	b.Cleanup(secure.Close)
	plain := httptest.NewServer(http.HandlerFunc(answerForAWS))
	b.Cleanup(plain.Close)
	bundle := writeBundle(b, root)
	return []endpoint{{"TLS", secure.URL, bundle}, {"HTTP", plain.URL, bundle}}
}

func answerForAWS(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.Header.Get("X-Amz-Target") != "" { // Step Functions
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, "{}")
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}

// issue makes certificates as AWS has them: a root, an intermediate and the server's own, all RSA with 2,048 bits.
func issue(b *testing.B) (server tls.Certificate, root []byte) {
	var issuer *x509.Certificate
	var signer crypto.Signer
	var chain [][]byte // the server's own first
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

const serverName = "server"

func newTemplate(serial int, name string) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(int64(serial)),
		Subject:               pkix.Name{CommonName: "approval-workflow benchmark " + name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		BasicConstraintsValid: true,
	}
	if name != serverName {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
		return template
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	return template
}

// writeBundle writes the system's roots and one more to a file.
func writeBundle(b *testing.B, root []byte) string {
	for _, path := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"} {
		system, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		bundle := bytes.NewBuffer(system)
		if err := pem.Encode(bundle, &pem.Block{Type: "CERTIFICATE", Bytes: root}); err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(b.TempDir(), "roots.pem")
		if err := os.WriteFile(path, bundle.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	b.Skip("this system has no bundle of root certificates, and without it the figures would say little")
	return ""
}
