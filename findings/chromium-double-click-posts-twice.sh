#!/usr/bin/env bash
# A double click on a form's button makes Chromium post twice, and the person reads the second answer only.
#
# Expected: the first click starts a navigation to the form's answer; while that is under way, the page is as good as
# left, and a second click on the same button 150 ms later adds nothing.
# Seen: the second click drops the first navigation, whose request the server got in full, and posts the form again.
# The server carries out both. What it answered to the first is shown to nobody.
#
# Versions: Chromium 153.0.8010.0 as packed in npm's @sparticuz/chromium 153.0.0, puppeteer-core 25.16.0;
# Debian's Chromium 156.0.8078.108 does the same. Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: many people double-click everything. The first POST approves;
# the second finds the request decided, and "this was decided already" is all that the approver sees of their own
# decision. The same approver with the same decision must be told that it counted. A Lambda that starts cold takes
# longer than any double click.
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

const page = '<!doctype html><title>Decide</title><form method="post"><button>Approve</button></form>'
let posts = 0
const server = http.createServer(async (request, response) => {
  response.setHeader('Content-Type', 'text/html')
  if (request.method !== 'POST') return response.end(page)
  const number = ++posts
  await pause(1500) // as long as a function that starts cold
  response.end(`<!doctype html><title>Answer</title><p>answer ${number}`)
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))

// The sandbox of Chromium does not start for root, as whom containers run; the page here is our own.
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(), headless: 'shell', args: ['--no-sandbox'],
})
console.log(await browser.version())
const tab = await browser.newPage()
await tab.goto(`http://127.0.0.1:${server.address().port}/`)
const { x, y } = await tab.$eval('button', (button) => button.getBoundingClientRect().toJSON())
await tab.mouse.click(x + 5, y + 5, { clickCount: 1 })
await pause(150)
await tab.mouse.click(x + 5, y + 5, { clickCount: 2 })
await tab.waitForFunction(() => document.title === 'Answer', { timeout: 15000 })
const shown = await tab.evaluate(() => document.body.innerText.trim())
await browser.close()
server.close()

console.log(`one double click: ${posts} POST requests, the person reads "${shown}"`)
const changed = posts !== 2 || shown !== 'answer 2'
console.log(changed ? 'CHANGED: a double click is handled otherwise now' : 'As described: the form was posted twice')
process.exit(changed ? 1 : 0)
JS
timeout 90 node probe.js || exit 1
