"use strict";
// The executions: how far each has got, its path in the picture, how it ended, and the dialog that stops it.

const descriptions = new Map(); // of the executions. They change only when an execution ends.

// describe returns an execution of GET /state, with its output if it has ended.
async function describe(execution) {
  const { executionArn, startDate, status } = execution;
  const key = executionArn + startDate; // after a restart of the local run, a name can occur again
  if (descriptions.get(key)?.status !== status) descriptions.set(key, await call("DescribeExecution", { executionArn }));
  return { ...descriptions.get(key), ...execution, key };
}

function renderExecution(execution) {
  const article = element("article", "",
    element("div", "row", element("h3", "", execution.name), element("span", "state"), element("span", "actions",
      button("path", "Show path", "Show path of execution " + execution.name, () => selectPath(execution)),
      button("stop", "Stop", "Stop execution " + execution.name, () => askToStop(execution, article)))),
    element("p", "subject"),
    element("p", "meta times", element("span", "group"), "Started ", time(execution.startDate * 1000)),
    element("p", "progress"));
  return article;
}

function updateExecution(article, execution) {
  const status = execution.status.toLowerCase();
  if (article.className !== status) {
    article.className = status;
    setText(article.querySelector(".state"), execution.status + (execution.error ? ": " + execution.error : ""));
    if (status !== "running") showEnd(article, execution);
  }
  showProgress(article, execution);
}

// showProgress says what the request of an execution is about, how far it has got and whom it waits for. Between two e-mails,
// when no task waits, the text stays. An execution that has ended says how far it had got, if anybody had approved.
function showProgress(article, { status, subject, group, approvals = [], approvalsNeeded, waitingFor = [], openUntil }) {
  setText(article.querySelector(".subject"), subject ?? "");
  setText(article.querySelector(".group"), group ? "Group " + group + ". " : "");
  if (status === "RUNNING" && !openUntil) return;
  const progress = article.querySelector(".progress");
  const names = approvals.map((record) => record.approver).join(", ");
  let text = "Approvals: " + approvals.length + " of " + approvalsNeeded + (names && " (" + names + ")") + ".";
  if (!openUntil) return setText(progress, names && approvalsNeeded ? text : "");
  const missing = approvalsNeeded - approvals.length;
  text += " Waits for " + (missing < waitingFor.length ? missing + " of " : "") + waitingFor.join(", ") + ". Open until ";
  const until = time(openUntil);
  if (progress.textContent !== text + until.textContent + ".") progress.replaceChildren(text, until, ".");
}

// showEnd shows how an execution ended. Output and cause are texts, in the same layout.
function showEnd(article, execution) {
  const stop = article.querySelector("button.stop");
  const focused = document.activeElement === stop;
  stop.remove();
  if (focused) keepFocus(article);
  article.querySelector(".times").append(", ended ", time(execution.stopDate * 1000));
  for (const [label, text] of [["Output", execution.output], ["Cause", execution.cause]]) {
    if (!text) continue;
    article.append(fold("", element("summary", "meta", label), scrollable(label + " of " + execution.name, indentJSON(text))));
  }
}

// scrollable returns a box that can be scrolled with the keyboard.
function scrollable(label, text) {
  const box = element("pre", "box", text);
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  return box;
}

let selected; // the execution whose path somebody wants to see; without one it is the newest
let shownExecutions = [];

// selectPath shows the path of an execution, as long as no other one is started on this page.
function selectPath(execution) {
  selected = execution?.executionArn;
  showPath(shownExecutions);
  if (execution) (byId("picture") ?? byId("path")).scrollIntoView({ block: "nearest" });
}

// showPath marks the path of the selected execution in the picture, and says it in words.
function showPath(executions) {
  shownExecutions = executions;
  const execution = executions.find((each) => each.executionArn === selected) ?? executions[0];
  for (const article of byId("executions").querySelectorAll("article")) {
    article.querySelector(".path").setAttribute("aria-pressed", String(article.key === execution?.key));
  }
  if (!execution?.states.length) return;
  mark(execution.states, execution.status);
  const path = "The path of " + execution.name + ": " + execution.states.join(" → ");
  setText(byId("path"), path + (execution.status === "RUNNING" ? ", where it is now." : ". It has ended: " + execution.status + "."));
}

// mark marks the states that were entered and the transitions between them, which lie above the other ones.
function mark(states, status) {
  const last = states.at(-1);
  const nodes = document.querySelectorAll("#picture .node"); // none if the state machine could not be drawn
  for (const node of nodes) {
    const { state } = node.dataset;
    node.classList.toggle("entered", states.includes(state));
    for (const each of ["running", "succeeded", "failed", "aborted"]) {
      node.classList.toggle(each, state === last && status.toLowerCase() === each);
    }
  }
  for (const arrow of document.querySelectorAll("#picture .transition")) {
    const taken = states.some((state, i) => arrow.dataset.from === state && arrow.dataset.to === states[i + 1]);
    arrow.classList.toggle("taken", taken);
    if (taken) nodes[0].before(arrow);
  }
}

// askToStop asks before it stops an execution. Afterwards the focus returns to the execution.
function askToStop(execution, article) {
  const dialog = byId("stop");
  setText(byId("stop-name"), execution.name);
  byId("stop-cause").value = "";
  byId("stop-no").onclick = () => dialog.close();
  byId("stop-yes").onclick = () => {
    const stop = { executionArn: execution.executionArn };
    const cause = byId("stop-cause").value.trim();
    if (cause) stop.cause = cause;
    dialog.close();
    attempt(() => call("StopExecution", stop));
  };
  dialog.onclose = () => keepFocus(article, article.querySelector("button.stop"));
  dialog.showModal();
}

// keepFocus moves the focus to a control of an article, or to its heading if the control is gone.
function keepFocus(article, control) {
  const heading = article.querySelector("h3");
  heading.tabIndex = -1;
  (control ?? heading).focus();
}
