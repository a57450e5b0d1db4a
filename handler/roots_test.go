package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAmazonCertificates looks for Amazon's certificates in bundles of Linux distributions, and in others.
func TestAmazonCertificates(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	other := encodePEM("CERTIFICATE", newAuthority(t, "Other", 1, tomorrow))
	var amazon []string // the name in each of its three forms
	for serial := int64(1); serial < 1<<24; serial <<= 8 {
		amazon = append(amazon, encodePEM("CERTIFICATE", newAuthority(t, "Amazon", serial, tomorrow)))
	}
	all := strings.Join(amazon, "")
	for _, test := range []struct{ name, bundle, want string }{
		{"Debian's", other + all + other, all},
		{"Amazon first", all + other, all},
		{"Amazon Linux's", "# The trusted - CAs\n\n# Other\n" + other + "\n# A3\n" + amazon[2] + "\n# A1\n" + amazon[0] + "\n", amazon[2] + amazon[0]},
		{"no end of the last line", other + strings.TrimSuffix(amazon[0], "\n"), ""},
		{"nobody's", "", ""},
		{"without Amazon", other + other, ""},
		{"lines that end like on Windows", strings.ReplaceAll(other+amazon[0], "\n", "\r\n"), ""},
		{"a key", other + "-----BEGIN PRIVATE KEY-----\n" + amazon[0], ""},
		{"a key at the end", other + amazon[0] + "-----BEGIN PRIVATE KEY-----\n", ""},
		{"a trusted certificate", other + strings.ReplaceAll(amazon[0], "CERTIFICATE", "TRUSTED CERTIFICATE"), ""},
		{"not at the beginning of a line", other + "x" + amazon[0], ""},
		{"commented out", other + "#" + strings.ReplaceAll(amazon[0], "\n", "\n#") + "\n", ""},
		{"without an end", strings.Split(amazon[0], "-----END")[0] + other, ""},
		{"within a certificate", strings.Replace(other, "\n", "\n"+amazon[0], 1), ""},
	} {
		if got := string(amazonCertificates([]byte(test.bundle))); got != test.want {
			t.Errorf("%s: %d bytes of certificates, want %d", test.name, len(got), len(test.want))
		}
		checkTrust(t, []byte(test.bundle))
	}
}

// checkTrust checks that no certificate is found in a bundle that Go does not find.
func checkTrust(t *testing.T, bundle []byte) {
	t.Helper()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(bundle)
	both := trusted.Clone()
	both.AppendCertsFromPEM(amazonCertificates(bundle))
	if !both.Equal(trusted) {
		t.Errorf("a certificate is trusted that Go does not trust, in %q", bundle)
	}
}

func FuzzAmazonCertificates(f *testing.F) {
	tomorrow := time.Now().Add(24 * time.Hour)
	amazon, other := newAuthority(f, "Amazon", 1, tomorrow), newAuthority(f, "Other", 1, tomorrow)
	for _, seed := range []string{
		"ao", "#\na#\no", "oa\n", "ra", "b\na", "be\na", "xa", "\r\na", "-----BEGIN\na", "b\nb\na", "o-----END \na", "bkey: value\n\na",
	} {
		f.Add(seed)
	}
	// Each letter is replaced by a part of a bundle, so that the fuzzer does not have to find certificates.
	parts := strings.NewReplacer(
		"a", encodePEM("CERTIFICATE", amazon), "o", encodePEM("CERTIFICATE", other), "t", encodePEM("TRUSTED CERTIFICATE", amazon),
		"b", "-----BEGIN CERTIFICATE-----\n", "e", "-----END CERTIFICATE-----\n", "r", "-----BEGIN RSA KEY-----\n", "n", "-----END RSA KEY-----\n",
	)
	f.Fuzz(func(t *testing.T, text string) { checkTrust(t, []byte(parts.Replace(text))) })
}

// TestSystemBundle checks that the bundle of this machine has Amazon's certificates, and that all of them are found.
func TestSystemBundle(t *testing.T) {
	i := slices.IndexFunc(bundles, func(name string) bool { _, err := os.Stat(name); return err == nil })
	if i < 0 {
		t.Skip("this machine has no such bundle")
	}
	bundle, err := os.ReadFile(bundles[i])
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for rest := bundle; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil && slices.Contains(certificate.Issuer.Organization, "Amazon") {
			want = append(want, pem.EncodeToMemory(block)...)
		}
	}
	if got := amazonCertificates(bundle); len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of certificates in %s, want %d", len(got), bundles[i], len(want))
	}
}
