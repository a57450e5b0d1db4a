"use strict";
// This page uses the same addresses as the AWS CLI and scripts. Its script has a file for each topic, in the order of page.go.
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

// show puts items into a list. It keeps the elements that are there already, with their focus and their scrolling.
function show(list, items, key, render, update) {
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
}
