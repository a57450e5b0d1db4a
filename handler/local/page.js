"use strict";
// This page uses the same addresses as the AWS CLI and scripts: the Step Functions API on POST /,
// GET /emails and GET /requests.
const byId = (id) => document.getElementById(id);
const stateMachineArn = document.body.dataset.stateMachine;
const ended = new Map(); // the executions that no longer change
const pollInterval = 1500; // milliseconds

async function call(operation, input) {
  const response = await fetch("/", {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions." + operation },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (!response.ok) throw new Error(output.message);
  return output;
}

async function getList(path) {
  return (await fetch(path)).json();
}

function element(name, className, ...children) {
  const created = document.createElement(name);
  if (className) created.className = className;
  created.append(...children);
  return created;
}

// scrollable returns a box that can be scrolled with the keyboard.
function scrollable(label, ...children) {
  const box = element("pre", "", ...children);
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  return box;
}

// linkAddresses turns the addresses in a plain text into links, like an e-mail program.
function linkAddresses(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => {
    if (i % 2 === 0) return part;
    const link = element("a", "", part);
    Object.assign(link, { href: part, target: "_blank", rel: "noopener noreferrer" });
    return link;
  });
}

function renderEmail(email) {
  return element("article", "mail",
    element("h3", "", email.subject),
    element("p", "meta", "To ", element("strong", "", email.to)),
    scrollable("E-mail to " + email.to + ": " + email.subject, ...linkAddresses(email.body)));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function renderExecution(execution) {
  const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString();
  const times = "Started " + time(execution.startDate) + (execution.stopDate ? ", ended " + time(execution.stopDate) : "");
  const state = execution.status + (execution.error ? ": " + execution.error : "");
  const article = element("article", execution.status.toLowerCase(),
    element("div", "row", element("h3", "", execution.name), element("span", "state", state)),
    element("p", "meta", times));
  for (const [label, text] of [["Output", execution.output], ["Cause", execution.cause]]) {
    // An output is shown unchanged, because JSON.parse rounds large numbers.
    if (text) article.append(element("p", "meta", label), scrollable(label, label === "Cause" ? pretty(text) : text));
  }
  if (execution.status === "RUNNING") {
    const stop = element("button", "stop", "Stop");
    stop.type = "button";
    stop.setAttribute("aria-label", "Stop execution " + execution.name);
    stop.addEventListener("click", () => attempt(() => call("StopExecution", { executionArn: execution.executionArn })));
    article.querySelector(".row").append(stop);
    article.append(element("p", "progress"));
  }
  return article;
}

// showProgress says how far the request of an execution has got. Between two e-mails, when it has no request, the text stays.
function showProgress(article, { request }) {
  const progress = article.querySelector(".progress"); // an execution that has ended has none
  if (!progress || !request) return;
  const names = request.approvals.map((record) => record.approver).join(", ");
  setText(progress, "Approvals: " + request.approvals.length + " of " + request.approvalsNeeded +
    (names && " (" + names + ")") + ". Open until " + new Date(request.openUntil).toLocaleString() + ".");
}

// show puts items into a list. It keeps the elements that are there already, with their focus and their scrolling.
function show(list, items, key, render, update) {
  const existing = new Map([...list.children].map((child) => [child.key, child]));
  const children = items.map((item) => {
    const child = existing.get(key(item)) ?? Object.assign(render(item), { key: key(item) });
    existing.delete(key(item));
    update?.(child, item);
    return child;
  });
  existing.forEach((child) => child.remove());
  if (children.length === 0) children.push(element("p", "empty", list.dataset.empty));
  children.forEach((child, i) => {
    if (list.children[i] !== child) list.insertBefore(child, list.children[i] ?? null);
  });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text; // screen readers announce every change
}

async function describe({ executionArn, startDate }) {
  const key = executionArn + startDate; // after a restart of the local run, a name can occur again
  if (ended.has(key)) return ended.get(key);
  const execution = await call("DescribeExecution", { executionArn });
  if (execution.status !== "RUNNING") ended.set(key, execution);
  return execution;
}

async function refresh() {
  const [{ executions }, emails, requests] = await Promise.all([
    call("ListExecutions", { stateMachineArn, maxResults: 50 }), getList("/emails"), getList("/requests")]);
  const requestOf = new Map(requests.map((request) => [request.executionArn, request]));
  const described = (await Promise.all(executions.map(describe)))
    .map((execution) => ({ ...execution, request: requestOf.get(execution.executionArn) }));
  show(byId("executions"), described, (e) => [e.executionArn, e.startDate, e.status].join(), renderExecution, showProgress);
  show(byId("emails"), emails.reverse().slice(0, 50), (email) => email.body, renderEmail);
  const running = described.filter((execution) => execution.status === "RUNNING").length;
  setText(byId("status"), running === 0 ? "No execution waits for a decision." :
    running === 1 ? "1 execution waits for a decision." : running + " executions wait for a decision.");
}

// attempt does what the user asked for, and shows the result or the error.
async function attempt(action) {
  setText(byId("error"), "");
  try {
    await action();
    await refresh();
  } catch (error) {
    setText(byId("error"), error.message);
  }
}

byId("start").addEventListener("submit", (event) => {
  event.preventDefault();
  const start = { stateMachineArn, input: byId("input").value };
  if (byId("name").value !== "") start.name = byId("name").value;
  attempt(() => call("StartExecution", start));
});

async function poll() {
  try {
    await refresh();
  } catch {
    setText(byId("status"), "The local run does not answer. Start it again, and this page will continue.");
  }
  setTimeout(poll, pollInterval);
}
poll();
