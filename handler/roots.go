package main

import (
	"crypto/x509"
	"os"
)

// loadRoots reads the certificates that AWS is trusted by. It is called during the start, which Lambda does not
// throttle; Go would do it on the first click.
func loadRoots() {
	if os.Getenv("SSL_CERT_DIR") == "" {
		// The bundle has all of them. Go reads the folders beside it, and on Amazon Linux 2023 parses each certificate
		// three times over: https://go.dev/issue/79018
		_ = os.Setenv("SSL_CERT_DIR", "/nonexistent")
	}
	_, _ = x509.SystemCertPool() // an error comes again on the first call to AWS, which names the address too
}
