// Bring a part of the page to new HTML and keep what a person is at: focus, what is typed, what is folded out.

const parser = new DOMParser();

/** Make the children of `place` those of `html`, changing as little as possible. */
export function morph(place, html) {
  children(place, parser.parseFromString(`<body>${html}</body>`, "text/html").body);
}

function children(old, fresh) {
  const byKey = new Map();
  for (const node of old.children) if (node.dataset.key) byKey.set(node.dataset.key, node);
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = match(at, next, byKey);
    if (!same) {
      old.insertBefore(document.importNode(next, true), at);
      continue;
    }
    if (same !== at) old.insertBefore(same, at);
    else at = at.nextSibling;
    one(same, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function match(at, next, byKey) {
  if (next.nodeType === Node.ELEMENT_NODE && next.dataset.key) {
    const known = byKey.get(next.dataset.key);
    return known && known.nodeName === next.nodeName ? known : null;
  }
  if (!at || at.nodeType !== next.nodeType || at.nodeName !== next.nodeName) return null;
  return at.dataset?.key ? null : at;
}

function one(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.matches("input, select, textarea") || old.hasAttribute("data-keep")) return;
  if (old.matches("time[data-relative]") && old.dateTime === next.dateTime) return;
  children(old, next);
}
