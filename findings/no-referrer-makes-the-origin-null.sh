#!/usr/bin/env bash
# A page with `Referrer-Policy: no-referrer` posts its own form with `Origin: null`, and Go's check against
# cross-origin requests then refuses the site's own visitors wherever the browser sends no Sec-Fetch headers.
#
# Expected: the policy concerns the Referer header, and a form that posts to the address of its own page says which
# origin that is. net/http's CrossOriginProtection compares the origin with the host and lets the request through.
# Seen: Chromium writes `Origin: null` into the same-origin POST of such a page (the Fetch standard asks for it).
# Over https and on loopback `Sec-Fetch-Site: same-origin` saves the request. Over plain http under a name the
# browser sends no Sec-Fetch header, and the person's own click is answered with 403.
#
# Versions: Chromium 153.0.8010.0 as packed in npm's @sparticuz/chromium 153.0.0, puppeteer-core 25.16.0, Go 1.26.8;
# Debian's Chromium 156.0.8078.108 sends the same headers. Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: whoever has the address can decide, so its pages say
# no-referrer, and a comparison of Origin looks like a cheap second lock on the button. Together they lock out the
# approvers of a copy that runs on plain http inside a company. Tests on localhost never show it.
#
# Needs: node, npm, go 1.25 or newer and the libraries that a headless Chromium loads. Takes about 20 seconds.
set -euo pipefail

dir=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private": true, "type": "module"}' >package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error --save-exact \
	@sparticuz/chromium@153.0.0 puppeteer-core@25.16.0 >/dev/null || exit 2

cat >server.go <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{policy}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("policy") == "no-referrer" {
			w.Header().Set("Referrer-Policy", "no-referrer")
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><form method="post"><button>Approve</button></form>`)
	})
	mux.HandleFunc("POST /{policy}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "approved") })
	protected := http.NewCrossOriginProtection().Handler(mux)
	seen := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		w.Header().Set("Seen", fmt.Sprintf("Origin %s, Sec-Fetch-Site %q", r.Header.Get("Origin"), site))
		protected.ServeHTTP(w, r)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	time.AfterFunc(2*time.Minute, func() { listener.Close() })
	_ = http.Serve(listener, seen)
}
GO
go version
go build -o server server.go || exit 2
./server >port &
server=$!
for _ in {1..50}; do [[ -s port ]] && break || sleep 0.1; done

cat >probe.js <<'JS'
import chromium from '@sparticuz/chromium'
import puppeteer from 'puppeteer-core'

// The sandbox of Chromium does not start for root, as whom containers run; all pages here are our own.
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(), headless: 'shell',
  args: ['--no-sandbox', '--host-resolver-rules=MAP approvals.example.com 127.0.0.1'],
})
console.log(await browser.version())
let changed = false
for (const [host, policy, nulled, status] of [
  ['127.0.0.1', 'none', false, 200],
  ['127.0.0.1', 'no-referrer', true, 200],
  ['approvals.example.com', 'none', false, 200],
  ['approvals.example.com', 'no-referrer', true, 403],
]) {
  const page = await browser.newPage()
  await page.goto(`http://${host}:${process.argv[2]}/${policy}`)
  const [response] = await Promise.all([page.waitForNavigation({ timeout: 10000 }), page.click('button')])
  const seen = response.headers().seen
  console.log(`http://${host}, Referrer-Policy ${policy}: ${seen}: ${response.status()}`)
  changed ||= response.status() !== status || seen.startsWith('Origin null') !== nulled
  await page.close()
}
await browser.close()
console.log(changed ? 'CHANGED: the answers differ now' : 'As described: one page\'s own form is refused')
process.exit(changed ? 1 : 0)
JS
TMPDIR=$dir timeout 90 node probe.js "$(cat port)" || exit 1
