const ended = new Map(); // the executions that no longer change

async function describe({ executionArn, startDate }) {
  const key = executionArn + startDate; // after a restart of the local run, a name can occur again
  if (ended.has(key)) return ended.get(key);
  const execution = await call("DescribeExecution", { executionArn });
  if (execution.status !== "RUNNING") ended.set(key, execution);
  return execution;
}

function renderExecution(execution) {
  const article = element("article", "",
    element("div", "row", element("h3", "", execution.name), element("span", "state"), element("span", "actions",
      button("path", "Show path", "Show path of execution " + execution.name, () => selectPath(execution)),
      button("stop", "Stop", "Stop execution " + execution.name, () => askToStop(execution, article)))),
    element("p", "meta times", "Started ", time(execution.startDate * 1000)),
    element("p", "progress"));
  return article;
}

function updateExecution(article, execution) {
  if (article.className === execution.status.toLowerCase()) return showProgress(article, execution);
  article.className = execution.status.toLowerCase();
  setText(article.querySelector(".state"), execution.status + (execution.error ? ": " + execution.error : ""));
  if (execution.status !== "RUNNING") showEnd(article, execution);
  showProgress(article, execution);
}

// showProgress says how far the request of an execution has got. Between two e-mails, when it has no request, the text stays.
function showProgress(article, { request }) {
  const progress = article.querySelector(".progress"); // an execution that has ended has none
  if (!progress || !request) return;
  const names = request.approvals.map((record) => record.approver).join(", ");
  const text = "Approvals: " + request.approvals.length + " of " + request.approvalsNeeded +
    (names && " (" + names + ")") + ". Open until ";
  const until = time(request.openUntil);
  if (progress.textContent !== text + until.textContent + ".") progress.replaceChildren(text, until, ".");
}

// showEnd shows how an execution ended. Output and cause are texts, in the same layout.
function showEnd(article, execution) {
  const stop = article.querySelector("button.stop");
  const focused = document.activeElement === stop;
  stop.remove();
  article.querySelector(".progress").remove();
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
