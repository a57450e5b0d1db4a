// The mailbox.
const decisions = { approve: "Approve", reject: "Reject" };

// kinds names the kinds of e-mails.
const kinds = { request: "Request", reminder: "Reminder", receipt: "Receipt", outcome: "Outcome", failure: "Failure" };

const asks = (email) => email.kind === "request" || email.kind === "reminder";
const waits = (email) => asks(email) && !email.approve.closed;

function nameOf(executionArn) {
  return executionArn.slice(executionArn.lastIndexOf(":") + 1);
}

function newTab(address, className, ...children) {
  return Object.assign(element("a", className, ...children), { href: address, target: "_blank", rel: "noopener noreferrer" });
}

// decisionLink returns a link of the workflow, with the address that the e-mail has. Its text says what it does.
function decisionLink(email, decision) {
  const link = newTab(email[decision].url, "", decisions[decision] + " " + nameOf(email.executionArn),
    element("span", "hidden", " as " + email.to));
  return element("span", "decision " + decision, link, element("strong", "closed"), "\n", element("small", "", email[decision].url));
}

// linkAddresses turns the addresses in an e-mail into links, like an e-mail program.
function linkAddresses(email) {
  const links = asks(email) ? Object.keys(decisions) : [];
  const decisionOf = new Map(links.map((decision) => [email[decision].url, decision]));
  return email.body.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => {
    if (i % 2 === 0) return part;
    return decisionOf.has(part) ? decisionLink(email, decisionOf.get(part)) : newTab(part, "", part);
  });
}

// renderEmail returns an e-mail as a line that opens.
function renderEmail(email) {
  const summary = element("summary", "",
    element("h3", "", email.subject), " ",
    element("span", "kind", kinds[email.kind]), " ",
    element("span", "meta to", "To ", element("strong", "", email.to)),
    element("span", "meta group", ...(email.group ? [email.to.includes("@") ? " in the group " : " about the group ", element("strong", "", email.group)] : [])), " ",
    element("span", "meta", "about ", element("strong", "", nameOf(email.executionArn)), ", ", time(email.receivedAt)), " ",
    element("span", "state"));
  return fold("mail " + email.kind, summary, element("pre", "", ...linkAddresses(email)));
}

// updateEmail marks the links that no longer decide.
function updateEmail(mail, email) {
  if (!asks(email)) return;
  for (const decision of Object.keys(decisions)) {
    const link = mail.querySelector("." + decision);
    if (!link) continue;
    const { closed } = email[decision];
    link.classList.toggle("dead", closed !== undefined);
    setText(link.querySelector(".closed"), closed ? " no longer works: " + closed : "");
  }
  const closed = email.approve.closed;
  mail.classList.toggle("open-request", !closed);
  setText(mail.querySelector(".state"), closed ? closed[0].toUpperCase() + closed.slice(1) : "Waits for a decision");
}

// showEmails shows the e-mails that wait for a decision, then the others, the newest of each first. The first one is open.
function showEmails(emails) {
  const list = byId("emails");
  emails.reverse().sort((a, b) => waits(b) - waits(a));
  show(list, emails.slice(0, 50), (email) => email.to + email.receivedAt, renderEmail, updateEmail);
  openNewest(list);
}
