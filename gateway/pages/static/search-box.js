// The search box on every page: names while one types, after the ARIA combobox pattern. Without it, the form does.

const WAIT_MS = 80;
const MOST = 8;

const box = document.querySelector("form.find input[name=q]");
const list = document.getElementById("suggestions");
let asked = null;
let timer = 0;
let marked = -1;

/** Close the list, and have nothing that was asked open it again. */
function close() {
  clearTimeout(timer);
  asked?.abort();
  list.hidden = true;
  list.replaceChildren();
  marked = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function option(suggestion, place) {
  const item = document.createElement("li");
  item.id = `suggestion-${place}`;
  item.role = "option";
  item.setAttribute("aria-selected", "false");
  item.dataset.url = suggestion.url;
  const glyph = document.createElement("span");
  glyph.className = `glyph ${suggestion.type}`;
  glyph.ariaHidden = "true";
  glyph.textContent = suggestion.type[0].toUpperCase();
  const by = document.createElement("span");
  by.className = "soft";
  by.append(" ", isolated(suggestion.by || suggestion.type));
  item.append(glyph, isolated(suggestion.name), by);
  item.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the box keeps the focus
    if (event.button === 0) location.assign(suggestion.url);
  });
  return item;
}

/** A text whose direction is its own. */
function isolated(text) {
  const piece = document.createElement("bdi");
  piece.dir = "auto";
  piece.textContent = text;
  return piece;
}

function show(suggestions) {
  if (!suggestions.length || document.activeElement !== box) {
    close();
    return;
  }
  const chosen = list.children[marked]?.dataset.url;
  list.replaceChildren(...suggestions.map(option));
  list.hidden = false;
  box.setAttribute("aria-expanded", "true");
  mark([...list.children].findIndex((item) => item.dataset.url === chosen));  // what is chosen stays, where it is there
}

function mark(place) {
  const items = [...list.children];
  marked = (place + items.length + 1) % (items.length + 1);
  items.forEach((item, at) => item.setAttribute("aria-selected", String(at === marked)));
  if (marked === items.length) {
    marked = -1;
    box.removeAttribute("aria-activedescendant");
  } else {
    box.setAttribute("aria-activedescendant", items[marked].id);
  }
}

async function ask() {
  asked?.abort();
  const text = box.value.trim();
  if (!text) {
    close();
    return;
  }
  asked = new AbortController();
  const { signal } = asked;
  try {
    const answer = await fetch(`/api/autocomplete?limit=${MOST}&q=${encodeURIComponent(text)}`, { signal });
    const suggestions = answer.ok ? (await answer.json()).suggestions : [];
    if (!signal.aborted) show(suggestions);
  } catch {
    if (!signal.aborted) close(); // nobody answers: the form still does
  }
}

box?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});
box?.addEventListener("blur", close);
box?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!list.hidden) event.preventDefault(); // of itself the key empties the box
    close();
  } else if (event.key === "ArrowDown" && !list.hidden) {
    event.preventDefault();
    mark(marked + 1);
  } else if (event.key === "ArrowUp" && !list.hidden) {
    event.preventDefault();
    mark(marked < 0 ? list.children.length - 1 : marked - 1);
  } else if (event.key === "Enter" && marked >= 0) {
    event.preventDefault();
    location.assign(list.children[marked].dataset.url);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  box?.focus();
  box?.select();
});
