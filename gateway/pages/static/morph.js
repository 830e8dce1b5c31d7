// Bring a part of the page to new HTML and keep what a person is at: focus, what is typed, what is folded out.

const parser = new DOMParser();

/** Make the children of `place` those of `html`, changing as little as possible. */
export function morph(place, html) {
  const focused = document.activeElement;
  children(place, parser.parseFromString(`<body>${html}</body>`, "text/html").body);
  if (focused !== document.activeElement && place.contains(focused)) focused.focus({ preventScroll: true }); // it was moved
}

function children(old, fresh) {
  const byKey = keyed(old, fresh);
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = match(at, next, byKey);
    if (!same) {
      old.insertBefore(document.importNode(next, true), at);
      continue;
    }
    while (at !== same && at && !at.dataset?.key) at = removed(at); // whatever is moved loses the focus
    if (same !== at) old.insertBefore(same, at);
    else at = at.nextSibling;
    one(same, next);
  }
  while (at) at = removed(at);
}

/** Take a node away; the one after it. */
function removed(node) {
  const { nextSibling } = node;
  node.remove();
  return nextSibling;
}

/** The children that stay, by their keys; those that have gone are taken away, so that no other has to be moved. */
function keyed(old, fresh) {
  const wanted = new Set([...fresh.children].map((node) => node.dataset.key));
  const byKey = new Map();
  for (const node of [...old.children]) {
    const { key } = node.dataset;
    if (!key) continue;
    if (!wanted.has(key)) node.remove();
    else byKey.set(key, [...(byKey.get(key) ?? []), node]);
  }
  return byKey;
}

function match(at, next, byKey) {
  if (next.nodeType === Node.ELEMENT_NODE && next.dataset.key) {
    const known = byKey.get(next.dataset.key)?.[0];
    return known?.nodeName === next.nodeName ? byKey.get(next.dataset.key).shift() : null;
  }
  if (!at || at.nodeType !== next.nodeType || at.nodeName !== next.nodeName) return null;
  return at.dataset?.key ? null : at;
}

function one(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  const isTheirs = (name) => old.nodeName === "DETAILS" && name === "open"; // whoever looks has folded it out or shut
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !isTheirs(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value && !isTheirs(name)) old.setAttribute(name, value);
  }
  if (old.matches("input, select, textarea") || old.hasAttribute("data-keep")) return;
  if (old.matches("time[data-relative]") && old.dateTime === next.dateTime) return;
  children(old, next);
}
