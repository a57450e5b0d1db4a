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
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

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

// systemRoots are the files in which Linux distributions keep the certificates of the trusted authorities.
var systemRoots = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}

// writeRoots writes the system's roots and one more to a file, and returns its path.
func writeRoots(b *testing.B, root []byte) string {
	for _, path := range systemRoots {
		system, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		roots := bytes.NewBuffer(system)
		if err := pem.Encode(roots, &pem.Block{Type: "CERTIFICATE", Bytes: root}); err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(b.TempDir(), "roots.pem")
		if err := os.WriteFile(path, roots.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	b.Skip("this system has no file of root certificates, and without it the figures mean little")
	return ""
}
