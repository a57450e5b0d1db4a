//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEndToEndLinks puts the API behind a domain while requests are open, revokes all links while one is open, and takes the
// domain away again. On an account it would need a domain, so it runs on the sandbox only. There, nobody resolves the domain.
func TestEndToEndLinks(t *testing.T) {
	approvers := approverAddresses(t)[:cy]
	onlyOnSandbox(t)
	deniedBefore := len(calls(t, "denied=true"))
	g := newGate(t, copyTree(t), approvers...)
	g.restrict(t)
	g.set(t, "approvals=2")
	g.deploy(t)
	g.confirm(t, approvers...)
	if got := g.output("domainTarget"); got != "" {
		t.Errorf("domainTarget = %s, want none without a domain", got)
	}
	own := strings.TrimPrefix(g.output("apiUrl"), "https://")
	d := newDomain(t, "approvals-"+strings.ToLower(rand.Text()[:8])+".example.com")
	allowRecords(t)
	open := g.askAll(t, `{}`)
	t.Run("a certificate in another region", func(t *testing.T) { d.elsewhere(t, g) })
	g.set(t, "domain="+d.name, "certificateArn="+d.certificate, "hostedZoneId="+d.zone)
	g.up(t)
	t.Run("no changes", func(t *testing.T) {
		g.pulumi(t, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
		g.pulumi(t, "preview", "--expect-no-changes")
	})
	t.Run("record", func(t *testing.T) { d.checkRecord(t, g) })
	t.Run("links of both addresses", func(t *testing.T) { d.clickBoth(t, g, open, own) })
	t.Run("revoked links", func(t *testing.T) { revoke(t, g) })
	t.Run("disabled key", func(t *testing.T) { disableKey(t, g) })
	through := g.askAll(t, `{}`)
	t.Run("without the domain", func(t *testing.T) { d.remove(t, g, through, own) })
	d.hand(t, g)
	if denied := calls(t, "denied=true"); len(denied) > deniedBefore {
		t.Errorf("IAM denied %v", denied[deniedBefore:])
	}
	destroy(t, g.stack) // the function loses its permissions while it may still report an end
	d.checkGone(t)
}

// allowRecords lets the user of restrict do everything in Route 53, because the sandbox does not know the names of its actions. The
// rest of infra/deployer-policy.json stays as it is.
func allowRecords(t *testing.T) {
	t.Helper()
	policy, err := os.ReadFile("../deployer-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`"route53:[A-Z]\w+"`).ReplaceAllString(string(policy), `"route53:*"`)
	control(t, http.MethodPost, "principal", map[string]string{"name": "deployer", "policy": all}, new(any))
}

// domain is a domain with what a deployment needs for it.
type domain struct{ name, certificate, zone string }

func newDomain(t *testing.T, name string) *domain {
	t.Helper()
	d := &domain{name: name}
	certificate, key := selfSigned(t, name)
	aws(t, &d.certificate, "acm", "import-certificate", "--certificate", "fileb://"+certificate, "--private-key", "fileb://"+key,
		"--query", "CertificateArn")
	aws(t, &d.zone, "route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", name, "--query", "HostedZone.Id")
	d.zone = strings.TrimPrefix(d.zone, "/hostedzone/")
	return d
}

// selfSigned returns the files with a certificate for a domain and its key.
func selfSigned(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(file, kind string, content []byte) string {
		file = filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("certificate.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", encoded)
}

// elsewhere checks that a preview refuses a certificate that API Gateway would refuse in the middle of a deployment.
func (d *domain) elsewhere(t *testing.T, g *gate) {
	region := strings.Split(d.certificate, ":")[3]
	g.set(t, "domain="+d.name, "certificateArn="+strings.Replace(d.certificate, region, "xx-other-1", 1))
	_, err := output(g.env, "pulumi", "-C", g.dir, "--non-interactive", "preview")
	if err == nil || !strings.Contains(err.Error(), " is not in "+region+" of account ") {
		t.Errorf("error of the preview = %v, want the region", err)
	}
}

// checkRecord checks that the domain's record leads where the output says.
func (d *domain) checkRecord(t *testing.T, g *gate) {
	if got := g.output("apiUrl"); got != "https://"+d.name {
		t.Errorf("apiUrl = %s, want https://%s", got, d.name)
	}
	got := d.records(t)
	for i := range got {
		got[i] = strings.TrimSuffix(got[i], ".") // which AWS adds
	}
	if diff := cmp.Diff([]string{"A", g.output("domainTarget")}, got); diff != "" || g.output("domainTarget") == "" {
		t.Errorf("records of the domain (-want +got):\n%s", diff)
	}
}

// records returns the types and targets of the domain's records.
func (d *domain) records(t *testing.T) (found []string) {
	t.Helper()
	aws(t, &found, "route53", "list-resource-record-sets", "--hosted-zone-id", d.zone,
		"--query", "ResourceRecordSets[?Name=='"+d.name+".'].[Type, AliasTarget.DNSName][]")
	return found
}

// clickBoth clicks links of e-mails from before and after the domain, and an old link with the domain in place of the old address,
// which the signature does not contain.
func (d *domain) clickBoth(t *testing.T, g *gate, before *request, own string) {
	if host := before.emails[ann].link(t, "/approve").Host; host != own {
		t.Errorf("host of a link before the domain = %s, want %s", host, own)
	}
	before.do(t, approve(ann, 200, counted))
	moved := *before.emails[bob].link(t, "/approve")
	moved.Host = d.name
	send(t, http.MethodGet, &moved, nil, "").check(t, 200, approved)
	before.do(t, approvedBy(ann, bob))
	after := g.askAll(t, `{}`)
	if host := after.emails[ann].link(t, "/approve").Host; host != d.name {
		t.Errorf("host of a link = %s, want %s", host, d.name)
	}
	after.do(t, approve(ann, 200, counted), reject(bob, 200, rejected), rejectedBy(bob), approve(ann, 409, "AlreadyRejected"))
	other := *after.emails[ann].link(t, "/approve")
	other.Path = "/send-request"
	if got := send(t, http.MethodPost, &other, nil, ""); got.status != http.StatusNotFound {
		t.Errorf("answer to the route of the task = %s, want 404", got)
	}
}

// revoke makes all links invalid while one of two approvers has approved. The approval still counts, and the reminder has a
// link that works.
func revoke(t *testing.T, g *gate) {
	g.set(t, "timeout=3m", "reminders=1")
	g.up(t)
	r := g.askAll(t, `{}`)
	r.do(t, approve(ann, 200, counted))
	g.set(t, "linkGeneration=2")
	g.up(t)
	const refused = `it was revoked`
	r.do(t, approve(bob, 400, refused), reject(bob, 400, refused), approve(ann, 400, refused),
		reminder(bob, 200, approved), approvedBy(ann, bob))
	g.set(t, "timeout=24h", "reminders=0")
}

// disableKey has the event of every hour come while KMS refuses the key, and afterwards. The sandbox sends no scheduled event, and
// its KMS does not refuse a disabled key.
func disableKey(t *testing.T, g *gate) {
	payload, answer := filepath.Join(t.TempDir(), "event.json"), filepath.Join(t.TempDir(), "answer.json")
	if err := os.WriteFile(payload, []byte(`{"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var group string
	aws(t, &group, "lambda", "get-function-configuration", "--function-name", g.output("functionName"),
		"--query", "LoggingConfig.LogGroup")
	check := func(want string) {
		t.Helper()
		var result struct{ FunctionError string }
		aws(t, &result, "lambda", "invoke", "--function-name", g.output("functionName"), "--payload", "fileb://"+payload, answer)
		var lines []string
		aws(t, &lines, "logs", "filter-log-events", "--log-group-name", group,
			"--filter-pattern", `"/check-key"`, "--query", "events[].message")
		if result.FunctionError != "" || !strings.Contains(strings.Join(lines, "\n"), want) { // of several streams, in any order
			t.Errorf("error = %q, log = %v, want none and a line with %s", result.FunctionError, lines, want)
		}
	}
	inject(t, kmsFails(1, 400, "DisabledException"))
	check("DisabledException")
	r := g.askAll(t, `{}`) // the function has the key in memory
	r.do(t, approve(ann, 200, counted), approve(bob, 200, approved), approvedBy(ann, bob))
	check(`"outcome":"checked"`)
}

// remove takes the domain away while a request is open whose links have it. They do not work any more, except at the API's own
// address.
func (d *domain) remove(t *testing.T, g *gate, open *request, own string) {
	for _, key := range []string{"domain", "certificateArn", "hostedZoneId"} {
		g.pulumi(t, "config", "rm", key)
	}
	g.up(t)
	if got := g.output("apiUrl"); got != "https://"+own {
		t.Errorf("apiUrl = %s, want https://%s", got, own)
	}
	d.checkGone(t)
	link := *open.emails[ann].link(t, "/approve")
	if got := send(t, http.MethodGet, &link, nil, ""); got.status < 400 {
		t.Errorf("answer at the removed domain = %s, want an error", got)
	}
	link.Host = own
	send(t, http.MethodGet, &link, nil, "").check(t, 200, counted)
	open.do(t, stop)
}

// hand deploys the domain again, without a hosted zone. Its record is left to somebody else.
func (d *domain) hand(t *testing.T, g *gate) {
	g.set(t, "domain="+d.name, "certificateArn="+d.certificate)
	g.up(t)
	if found := d.records(t); len(found) > 0 || g.output("domainTarget") == "" {
		t.Errorf("records = %v, domainTarget = %s, want none and a name", found, g.output("domainTarget"))
	}
	r := g.askAll(t, `{}`)
	r.do(t, approve(ann, 200, counted), approve(bob, 200, approved), approvedBy(ann, bob))
}

// checkGone checks that nothing of the domain is left.
func (d *domain) checkGone(t *testing.T) {
	t.Helper()
	var names []string
	aws(t, &names, "apigatewayv2", "get-domain-names", "--query", "Items[?DomainName=='"+d.name+"'].DomainName")
	if found := d.records(t); len(names)+len(found) > 0 {
		t.Errorf("domain names %v and records %v are left", names, found)
	}
}
