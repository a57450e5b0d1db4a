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

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text; // screen readers announce every change
}

// show puts items into a list. It keeps the elements that are there already, with their focus and their scrolling.
function show(list, items, key, render, update) {
  const existing = new Map([...list.children].map((child) => [child.key, child]));
  const children = items.map((item, i) => {
    const child = existing.get(key(item)) ?? Object.assign(render(item), { key: key(item) });
    existing.delete(key(item));
    update(child, item, i);
    return child;
  });
  existing.forEach((child) => child.remove());
  if (children.length === 0) children.push(element("p", "empty", list.dataset.empty));
  children.forEach((child, i) => {
    if (list.children[i] !== child) list.insertBefore(child, list.children[i] ?? null);
  });
}
