// What the other files need, and the start of the page. The page uses the same addresses as the AWS CLI and scripts.
const byId = (id) => document.getElementById(id);

function element(name, className, ...children) {
  const created = document.createElement(name);
  if (className) created.className = className;
  created.append(...children);
  return created;
}

function button(className, text, label, onClick) {
  const created = element("button", className, text);
  created.type = "button";
  created.setAttribute("aria-label", label);
  created.addEventListener("click", onClick);
  return created;
}

// time shows a moment in the reader's zone, and names the zone.
function time(moment) {
  const date = new Date(moment);
  const created = element("time", "", date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" }));
  created.dateTime = date.toISOString();
  return created;
}

// fold returns content that a click on its summary opens.
function fold(className, summary, content) {
  const folded = element("details", className, summary, content);
  summary.addEventListener("click", () => { folded.openedByPage = false; });
  return folded;
}

// openNewest opens the first fold of a list as soon as it appears, and closes the one that it opened before, unless somebody
// uses it.
function openNewest(list) {
  const newest = list.querySelector("details");
  if (!newest || newest.shown) return;
  for (const folded of list.querySelectorAll("details")) {
    if (folded.openedByPage && !folded.contains(document.activeElement)) folded.open = false;
  }
  newest.shown = newest.open = newest.openedByPage = true;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text; // screen readers announce every change
}

// show puts items into a list. It keeps the elements that are there already, with their focus and their scrolling. Those that move
// would lose the focus.
function show(list, items, key, render, update) {
  const focused = list.contains(document.activeElement) && document.activeElement;
  const existing = new Map([...list.children].map((child) => [child.key, child]));
  const children = items.map((item) => {
    const child = existing.get(key(item)) ?? Object.assign(render(item), { key: key(item) });
    existing.delete(key(item));
    update(child, item);
    return child;
  });
  existing.forEach((child) => child.remove());
  if (children.length === 0) children.push(element("p", "empty", list.dataset.empty));
  children.forEach((child, i) => {
    if (list.children[i] !== child) list.insertBefore(child, list.children[i] ?? null);
  });
  if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

// indentJSON lays out a JSON text. Any other text stays as it is. It never decodes a value, because JavaScript would round
// large numbers.
function indentJSON(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  return text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[[{]\s*[\]}]|[[\]{},:]|[^\s[\]{},:"]+/g).map((part) => {
    switch (part) {
      case "{": case "[": depth++; return part + line();
      case "}": case "]": depth--; return line() + part;
      case ",": return part + line();
      case ":": return part + " ";
    }
    return part.startsWith('"') ? part : part.replace(/\s/g, ""); // {} and [] stay in one line
  }).join("");
}

const stateMachineArn = document.body.dataset.stateMachine;
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

async function get(path) {
  return (await fetch(path)).json();
}

let refreshing = Promise.resolve(); // one at a time, so that an old answer never replaces a new one

function refresh() {
  refreshing = refreshing.catch(() => {}).then(load);
  return refreshing;
}

async function load() {
  const [executions, emails] = await Promise.all([get("/state"), get("/emails")]);
  const described = await Promise.all(executions.slice(0, 50).map(describe));
  show(byId("executions"), described, (execution) => execution.key, renderExecution, updateExecution);
  openNewest(byId("executions"));
  showPath(described);
  showEmails(emails);
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

offerGroups();
byId("start").addEventListener("submit", (event) => {
  event.preventDefault();
  const start = { stateMachineArn, input: byId("input").value };
  if (byId("name").value !== "") start.name = byId("name").value;
  attempt(async () => {
    await call("StartExecution", start);
    selectPath();
  });
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
