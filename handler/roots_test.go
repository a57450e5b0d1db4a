package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestLoadRoots runs itself in another process, because a process reads the roots only once.
func TestLoadRoots(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has the roots in a file")
	}
	if os.Getenv("TEST_LOAD_ROOTS") != "" {
		checkLoadRoots(t)
		return
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, content, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLoadRoots$")
	command.Env = []string{"TEST_LOAD_ROOTS=true", "SSL_CERT_FILE=" + bundle}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func checkLoadRoots(t *testing.T) {
	bundle, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	want := x509.NewCertPool()
	want.AppendCertsFromPEM(bundle)
	loadRoots()
	if got, err := x509.SystemCertPool(); err != nil || !got.Equal(want) {
		t.Errorf("the roots are not exactly those of the bundle (error: %v)", err)
	}
}
