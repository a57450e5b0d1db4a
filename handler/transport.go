package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// newHTTPClient returns the client of all calls to AWS. It trusts the same certificates as Go does without it, but reads most of
// them only if it must: reading all takes a quarter of the time until the first answer.
func newHTTPClient() aws.HTTPClient {
	ignoreCertificateFolders()
	transport := awshttp.NewBuildableClient().GetTransport()
	transport.ForceAttemptHTTP2, transport.DisableCompression = false, true
	dialer := &tlsDialer{transport: transport, amazon: sync.OnceValue(readAmazonRoots)}
	transport.DialTLSContext = dialer.dial
	return httpClient{transport}
}

// httpClient is an aws.HTTPClient without what only browsers need, such as redirects and cookies.
type httpClient struct{ transport *http.Transport }

// Do implements aws.HTTPClient.
func (c httpClient) Do(request *http.Request) (*http.Response, error) {
	return c.transport.RoundTrip(request)
}

// tlsDialer opens the TLS connections of a transport that uses no proxy.
type tlsDialer struct {
	transport *http.Transport
	amazon    func() *x509.CertPool
	// others is set when a server's certificate depended on a root that is not Amazon's.
	others atomic.Bool
}

// dial opens a connection. If none of Amazon's roots has signed the server's certificate, it opens another one with all roots.
func (d *tlsDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if amazon := d.amazon(); amazon != nil && !d.others.Load() {
		connection, err := d.dialWith(ctx, amazon, network, address)
		if !isA[*tls.CertificateVerificationError](err) {
			return connection, err
		}
	}
	connection, err := d.dialWith(ctx, nil, network, address)
	if err == nil {
		d.others.Store(true)
	}
	return connection, err
}

// dialWith does what the transport does without a function of its own, except for the roots. They are the system's if they are nil.
func (d *tlsDialer) dialWith(ctx context.Context, roots *x509.CertPool, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	connection, err := d.transport.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	config := d.transport.TLSClientConfig.Clone()
	config.RootCAs, config.ServerName = roots, host
	secured := tls.Client(connection, config)
	ctx, cancel := context.WithTimeout(ctx, d.transport.TLSHandshakeTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = connection.Close()
		return nil, err
	}
	return secured, nil
}
