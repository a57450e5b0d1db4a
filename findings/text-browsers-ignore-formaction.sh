#!/usr/bin/env bash
# Lynx and w3m ignore a button's `formaction`: a press of "Reject" posts to the form's own address, /approve.
#
# Expected: one form, two buttons; the second has formaction="/reject". HTML has had the attribute since 2011, and a
# browser that does not know it would at least not send the decision to another place.
# Seen: both browsers show the two buttons and post either of them to the address in <form action>. Nothing on the
# page tells the person. The name and value of the pressed button do arrive.
#
# Versions: lynx 2.9.0dev.12-1, w3m 0.5.3+git20230121-2 (Debian 12). Links 2.28, ELinks 0.13.2, edbrowse 3.7.7,
# Dillo 3.0.5 and NetSurf 3.10 did the same by hand. Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: on a page with both buttons, a server that tells approval from
# rejection by the path counts the rejection as an approval. Each button needs a value of its own, and that value
# has to decide; the path may only say where the person came from.
#
# Needs: node, script (util-linux), lynx and w3m. Where the two are not installed at these versions, it installs them
# with apt-get, which needs root. Takes about 10 seconds.
set -euo pipefail

declare -A pinned=([lynx]=2.9.0dev.12-1 [w3m]=0.5.3+git20230121-2)
for package in "${!pinned[@]}"; do
	version=$(dpkg-query --show --showformat='${Version}' "$package" 2>/dev/null || true)
	[[ $version == "${pinned[$package]}" ]] ||
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$package=${pinned[$package]}" >/dev/null || exit 2
done

dir=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
export HOME=$dir TERM=xterm
cat >server.mjs <<'JS'
import { appendFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'

const page = `<!doctype html><title>Decide</title><form method="post" action="/approve">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="reject" formaction="/reject">Reject</button></form>`
const server = http.createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  if (request.method === 'POST') appendFileSync('posts', `${request.url} ${body}\n`)
  response.setHeader('Content-Type', 'text/html')
  response.end(request.method === 'POST' ? '<!doctype html><title>Done</title><p>Done.' : page)
})
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)))
setTimeout(() => process.exit(), 60000)
JS
node server.mjs &
server=$!
for _ in {1..50}; do [[ -s port ]] && break || sleep 0.1; done
address=http://127.0.0.1:$(cat port)/

press_in_lynx() { # the second button is selected and pressed, then the browser left
	printf 'key %s\n' 'Down Arrow' ^J q y >keys
	timeout 20 lynx -cmd_script=keys "$address" >/dev/null 2>&1 || true
}

press_in_w3m() { # it reads keys from a terminal only: the second Tab reaches the second button
	{ sleep 2; printf '\t\t'; sleep 1; printf '\r'; sleep 2; printf 'Q'; sleep 1; } |
		timeout 20 script --quiet --command "w3m $address" /dev/null >/dev/null 2>&1 || true
}

changed=0
for browser in lynx w3m; do
	: >posts
	"press_in_$browser"
	echo "$browser, Reject pressed: POST $(cat posts)"
	[[ $(cat posts) == '/approve decision=reject' ]] || changed=1
done
if ((changed)); then
	echo 'CHANGED: a browser posts elsewhere now, or its button was not reached'
	exit 1
fi
echo 'As described: the rejection went to /approve'
