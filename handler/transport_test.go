package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestTrust runs itself in another process, because a process reads the system's certificates and its proxies only once.
func TestTrust(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has the roots in a file")
	}
	if os.Getenv("TEST_TRUST") != "" {
		checkTrusted(t)
		return
	}
	proxy := httptest.NewServer(http.HandlerFunc(tunnel))
	defer proxy.Close()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTrust$")
	command.Env = []string{
		"TEST_TRUST=true", "SSL_CERT_FILE=" + filepath.Join(t.TempDir(), "bundle.pem"), "HTTPS_PROXY=" + proxy.URL,
	}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// tunnel serves CONNECT. Whatever the host is, the server is on this machine.
func tunnel(w http.ResponseWriter, r *http.Request) {
	_, port, _ := net.SplitHostPort(r.Host)
	server, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer server.Close()
	w.WriteHeader(http.StatusOK)
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}

// checkTrusted connects to servers, directly and through the proxy, which is used for the host aws.test. A certificate that none of
// Amazon's roots has signed takes a second connection.
func checkTrusted(t *testing.T) {
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	amazon, other := newAuthority(t, "Amazon", 1, tomorrow), newAuthority(t, "Other", 1, tomorrow)
	expired := newAuthority(t, "Amazon", 1, yesterday)
	bundle := encodePEM("CERTIFICATE", other) + encodePEM("CERTIFICATE", amazon) + encodePEM("CERTIFICATE", expired)
	if err := os.WriteFile(os.Getenv("SSL_CERT_FILE"), []byte(bundle), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name        string
		certificate tls.Certificate
		host        string
		accepted    bool
		connections []int64 // after each of two requests
	}{
		{"Amazon's", amazon, "127.0.0.1", true, []int64{1, 2}},
		{"another authority's", other, "127.0.0.1", true, []int64{2, 3}},
		{"unknown, with Amazon's name", newAuthority(t, "Amazon", 1, tomorrow), "127.0.0.1", false, []int64{2, 4}},
		{"unknown", newAuthority(t, "Other", 1, tomorrow), "127.0.0.1", false, []int64{2, 4}},
		{"of another host", amazon, "localhost", false, []int64{2, 4}},
		{"expired", expired, "127.0.0.1", false, []int64{2, 4}},
		{"another authority's, through the proxy", other, "aws.test", true, []int64{1, 2}},
		{"unknown, through the proxy", newAuthority(t, "Amazon", 1, tomorrow), "aws.test", false, []int64{1, 2}},
	} {
		server, connections := serveTLS(test.certificate)
		client := newHTTPClient()
		for _, want := range test.connections {
			err := get(client, strings.Replace(server.URL, "127.0.0.1", test.host, 1))
			if got := connections.Load(); (err == nil) != test.accepted || err != nil && !isA[*tls.CertificateVerificationError](err) || got != want {
				t.Errorf("%s: error %v after %d connections, want accepted: %t after %d", test.name, err, got, test.accepted, want)
			}
			server.CloseClientConnections()
		}
		server.Close()
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(bundle))
	if system, err := x509.SystemCertPool(); err != nil || !system.Equal(trusted) {
		t.Errorf("the system's certificates are not exactly those of the bundle (error: %v)", err)
	}
}

// get sends a request.
func get(client aws.HTTPClient, address string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// serveTLS starts a server with a certificate, and counts its connections.
func serveTLS(certificate tls.Certificate) (*httptest.Server, *atomic.Int64) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	connections := countConnections(server)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	return server, connections
}

// TestCertificateFolders checks that a folder of certificates that somebody chose stays.
func TestCertificateFolders(t *testing.T) {
	for chosen, want := range map[string]string{"": "/nonexistent", "/chosen": "/chosen"} {
		t.Setenv("SSL_CERT_DIR", chosen)
		newHTTPClient()
		if got := os.Getenv("SSL_CERT_DIR"); got != want {
			t.Errorf("SSL_CERT_DIR = %q, want %q", got, want)
		}
	}
}

// TestFailedDials checks that only a certificate is a reason to dial again, and that a server that says nothing is given up.
func TestFailedDials(t *testing.T) {
	refused := errors.New("refused")
	for name, test := range map[string]struct {
		dial func(net.Conn) (net.Conn, error)
		want string // how long it takes
	}{
		"refused": {func(net.Conn) (net.Conn, error) { return nil, refused }, "0s"},
		"silent":  {func(connection net.Conn) (net.Conn, error) { return connection, nil }, "10s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				defer server.Close()
				go func() { _, _ = io.Copy(io.Discard, server) }()
				transport := newHTTPClient().(httpClient).transport
				dials := 0
				transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
					dials++
					return test.dial(client)
				}
				d := &tlsDialer{transport: transport, amazon: x509.NewCertPool}
				begin := time.Now()
				connection, err := d.dial(t.Context(), "tcp", "aws.test:443")
				if took := time.Since(begin).String(); err == nil || connection != nil || dials != 1 || took != test.want {
					t.Errorf("error %v after %d dials and %s, want one after 1 dial and %s", err, dials, took, test.want)
				}
			})
		})
	}
}
