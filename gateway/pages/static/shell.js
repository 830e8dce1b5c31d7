// What every page does: the menu on a phone, light or dark, keys, and moments told as ages.

const AGES = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];
const SPOKEN_AFTER_MS = 100;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** Tell each moment of a part of the page as an age; the exact moment stays in its title. */
export function tellAges(root = document) {
  const now = Date.now();
  for (const time of root.querySelectorAll("time[data-relative]")) {
    const seconds = Math.round((Date.parse(time.dateTime) - now) / 1000);
    const [unit, name] = AGES.find(([length]) => Math.abs(seconds) >= length) ?? AGES[3];
    const text = relative.format(Math.trunc(seconds / unit), name);
    if (time.textContent !== text) time.textContent = text;
  }
}

/** Have a screen reader say a sentence. */
export function announce(sentence) {
  const said = document.getElementById("said");
  said.textContent = ""; // the same sentence again is no change, and nothing would be said
  setTimeout(() => {
    said.textContent = sentence;
  }, SPOKEN_AFTER_MS);
}

function menu() {
  const button = document.querySelector("nav.site .menu");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
  });
}

function isDark() {
  const chosen = document.documentElement.dataset.scheme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function schemeSwitch() {
  const button = document.querySelector("[data-scheme]:not(html)");
  button?.addEventListener("click", () => {
    const scheme = isDark() ? "light" : "dark";
    document.documentElement.dataset.scheme = scheme;
    try {
      localStorage.setItem("scheme", scheme);
    } catch {
      // it holds for this page only
    }
    document.dispatchEvent(new CustomEvent("scheme", { detail: scheme }));
  });
}

const GOES = { h: "/", c: "/changes", o: "/operations" };
let going = -Infinity; // when `g` was pressed, if it was the last key

function keys() {
  const dialog = document.getElementById("keys");
  document.querySelector("[data-keys] button").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    }
    if (event.timeStamp - going < 1500 && GOES[event.key]) location.assign(GOES[event.key]);
    going = event.key === "g" ? event.timeStamp : -Infinity;
  });
}

/** Whoever comes back sees what the page is of, and not what was being chosen when they left it. */
function restoreFilters() {
  addEventListener("pageshow", (event) => {
    const [way] = performance.getEntriesByType("navigation");
    if (!event.persisted && way?.type !== "back_forward") return;
    for (const form of document.querySelectorAll("form[method=get]")) form.reset();
  });
}

menu();
restoreFilters();
schemeSwitch();
keys();
tellAges();
setInterval(tellAges, 1000);
