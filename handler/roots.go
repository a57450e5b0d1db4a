package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"os"
	"slices"
	"strings"
)

// readAmazonRoots returns Amazon's certificates, or nil if the system has none.
func readAmazonRoots() *x509.CertPool {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(amazonCertificates(readBundle())) {
		return nil
	}
	return roots
}

// bundles are the files with the certificates of the trusted authorities: that of Debian, and that of Amazon Linux. Go looks for
// them in the same order.
var bundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}

// ignoreCertificateFolders makes Go read the bundle only, which has all certificates. Go also reads the folders beside it, and parses
// each certificate three times on Amazon Linux 2023: https://go.dev/issue/79018
func ignoreCertificateFolders() {
	if os.Getenv("SSL_CERT_DIR") == "" {
		_ = os.Setenv("SSL_CERT_DIR", "/nonexistent")
	}
}

// readBundle returns the file with the certificates that Go trusts, or nil if it is another one.
func readBundle() []byte {
	files := bundles
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		if bundle, err := os.ReadFile(file); err == nil { //nolint:gosec // Go reads the same file
			return bundle
		}
	}
	return nil
}

// The lines around a certificate.
const beginCertificate, endCertificate = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"

// issuerEnd is where the name of the issuer has ended in the base64 of a certificate. A root is its own issuer.
const issuerEnd = 256

// amazonCertificates returns the certificates in a bundle that have Amazon's name. Those of AWS depend on them:
// https://www.amazontrust.com/repository/
//
// It returns none if the bundle has anything but certificates and comments between them, because Go may then find others in it.
func amazonCertificates(bundle []byte) []byte {
	names := encodings("Amazon")
	var found []byte
	for {
		comment, rest, more := bytes.Cut(bundle, []byte(beginCertificate))
		length := bytes.IndexByte(rest, '-') // base64 has no hyphen
		switch {
		case bytes.Contains(comment, []byte("-----")):
			return nil
		case !more:
			return found
		case len(comment) > 0 && comment[len(comment)-1] != '\n', length < 0, !bytes.HasPrefix(rest[length:], []byte(endCertificate)):
			return nil
		}
		beginning := rest[:min(length, issuerEnd)]
		if slices.ContainsFunc(names, func(name []byte) bool { return bytes.Contains(beginning, name) }) {
			found = append(append(append(found, beginCertificate...), rest[:length]...), endCertificate...)
		}
		bundle = rest[length+len(endCertificate):]
	}
}

// encodings returns the three forms that a text has in base64, each without the characters at its ends that also depend on what
// is beside it. Which form it is depends on the position of the text.
func encodings(text string) [][]byte {
	var all [][]byte
	for position := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", position) + text))
		first, end := (position*8+5)/6, (position+len(text))*8/6
		all = append(all, []byte(encoded[first:end]))
	}
	return all
}
