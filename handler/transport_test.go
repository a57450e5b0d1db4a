package main

import (
	"context"
	"crypto/tls"
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
	"time"
)

// TestTrust runs itself in another process, because a process reads the system's certificates only once.
func TestTrust(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has the roots in a file")
	}
	if os.Getenv("TEST_TRUST") != "" {
		checkHandshakes(t)
		return
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTrust$")
	command.Env = []string{"TEST_TRUST=true", "SSL_CERT_FILE=" + filepath.Join(t.TempDir(), "bundle.pem")}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// checkHandshakes connects to servers. A certificate that none of Amazon's roots has signed takes a second connection, with all roots
// of the system.
func checkHandshakes(t *testing.T) {
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	amazon, other := newAuthority(t, "Amazon", 1, tomorrow), newAuthority(t, "Other", 1, tomorrow)
	expired := newAuthority(t, "Amazon", 1, yesterday)
	bundle := encodePEM("CERTIFICATE", other) + encodePEM("CERTIFICATE", amazon) + encodePEM("CERTIFICATE", expired)
	if err := os.WriteFile(os.Getenv("SSL_CERT_FILE"), []byte(bundle), 0o600); err != nil {
		t.Fatal(err)
	}
	client := newHTTPClient()
	for _, test := range []struct {
		name        string
		certificate tls.Certificate
		host        string
		accepted    bool
		connections int64
	}{
		{"Amazon's", amazon, "127.0.0.1", true, 1},
		{"another authority's", other, "127.0.0.1", true, 2},
		{"unknown, with Amazon's name", newAuthority(t, "Amazon", 1, tomorrow), "127.0.0.1", false, 2},
		{"unknown", newAuthority(t, "Other", 1, tomorrow), "127.0.0.1", false, 2},
		{"of another host", amazon, "localhost", false, 2},
		{"expired", expired, "127.0.0.1", false, 2},
	} {
		server, connections := serveTLS(test.certificate)
		address := strings.Replace(server.URL, "127.0.0.1", test.host, 1)
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err == nil {
			_ = response.Body.Close()
		} else if !isA[*tls.CertificateVerificationError](err) {
			t.Errorf("%s: error = %v, want one about the certificate", test.name, err)
		}
		if got := connections.Load(); (err == nil) != test.accepted || got != test.connections {
			t.Errorf("%s: error %v after %d connections, want accepted: %t after %d", test.name, err, got, test.accepted, test.connections)
		}
		server.Close()
	}
}

// serveTLS starts a server with a certificate, and counts its connections.
func serveTLS(certificate tls.Certificate) (*httptest.Server, *atomic.Int64) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	connections := new(atomic.Int64)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	return server, connections
}
