#!/usr/bin/env bash
# Chromium shows the answer to a prefetch as the answer to the click, although that answer forbade storing.
#
# Expected: a page that holds speculation rules makes the browser fetch a link early. The answer says
# `Cache-Control: no-store`, so a later click asks the server again, this time without `Sec-Purpose: prefetch`.
# Seen: the click sends no request at all. The person reads what the server told the prefetch, word for word.
# Only the status helps: an answer outside 2xx is thrown away, and then the click does send a request of its own.
#
# Versions: Chromium 153.0.8010.0 as packed in npm's @sparticuz/chromium 153.0.0, puppeteer-core 25.16.0;
# Debian's Chromium 156.0.8078.108 shows the prefetched answer, too. Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: a webmail page or a chat with such rules prefetches the link.
# A server that sees `Sec-Purpose` and kindly answers 200 with "please open this link yourself" shows that sentence
# to the approver who does open it, and never hears of the click. It must answer a prefetch with an error status.
#
# Needs: node, npm and the libraries that a headless Chromium loads. Takes about 20 seconds.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR=$dir
echo '{"private": true, "type": "module"}' >package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error --save-exact \
	@sparticuz/chromium@153.0.0 puppeteer-core@25.16.0 >/dev/null || exit 2

cat >probe.js <<'JS'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import chromium from '@sparticuz/chromium'
import puppeteer from 'puppeteer-core'

const rules = { prefetch: [{ source: 'list', urls: ['/accepted', '/refused'], eagerness: 'immediate' }] }
const mail = `<!doctype html><title>Mail</title><script type="speculationrules">${JSON.stringify(rules)}</script>
<a id="accepted" href="/accepted">Approve</a> <a id="refused" href="/refused">Reject</a>`

let requests = []
const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.setHeader('Cache-Control', 'no-store')
  if (request.url === '/mail') return response.end(mail)
  const purpose = request.headers['sec-purpose'] ?? 'click'
  requests.push(`${request.url} ${purpose}`)
  if (request.url === '/refused' && purpose !== 'click') response.statusCode = 405
  response.end(`<!doctype html><title>Answer</title><p>answer to the ${purpose}</p>`)
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const base = `http://127.0.0.1:${server.address().port}`

// The sandbox of Chromium does not start for root, as whom containers run; all pages here are our own.
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(), headless: 'shell', args: ['--no-sandbox'],
})
console.log(await browser.version())
const expected = { accepted: ['prefetch', 'prefetch'], refused: ['prefetch click', 'click'] }
let changed = false
for (const id of Object.keys(expected)) {
  requests = []
  const page = await browser.newPage()
  await page.goto(`${base}/mail`)
  for (let i = 0; i < 50 && requests.length < 2; i++) await pause(100)
  await pause(500)
  await page.click(`#${id}`)
  await page.waitForFunction(() => document.title === 'Answer', { timeout: 10000 })
  const shown = await page.evaluate(() => document.body.innerText.trim())
  const sent = requests.filter((line) => line.startsWith(`/${id} `)).map((line) => line.split(' ')[1]).join(' ')
  console.log(`${id}: the server saw [${sent}], the person reads "${shown}"`)
  changed ||= sent !== expected[id][0] || shown !== `answer to the ${expected[id][1]}`
  await page.close()
}
await browser.close()
server.close()
console.log(changed ? 'CHANGED: Chromium behaves otherwise now' : 'As described: one of the clicks sent no request')
process.exit(changed ? 1 : 0)
JS
timeout 90 node probe.js || exit 1
