// Charts. Each <figure data-chart="NAME" data-plotly="ADDRESS"> is drawn when it comes into view; before that, and without
// this module, its table is there. Colours in a figure are custom properties of the stylesheet, as in "var(--label)".

const REFRESH_MS = 30_000;
const FRESH_RANGES = new Set(["15m", "1h", "6h"]);

const figures = [...document.querySelectorAll("figure[data-chart]")];
const shown = new Map(); // figure: what was fetched for it last
let library;

// Plotly would add two style elements, which the page's policy forbids. It skips each of which the id is taken; what it
// needs of them stands in charts.css.
const ITS_STYLES = ["plotly.js-style-global", "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53"];

function takeIds() {
  for (const id of ITS_STYLES.filter((each) => !document.getElementById(each))) {
    const taken = document.createElement("meta");
    taken.id = id;
    taken.className = "no-inline-styles";
    document.head.append(taken);
  }
}

/** Plotly, fetched once. */
function plotly(address) {
  library ??= new Promise((resolve, reject) => {
    takeIds();
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      library = undefined;
      script.remove();
      reject(new Error("Plotly did not come."));
    });
    document.head.append(script);
  });
  return library;
}

/** The same value with each `var(--name)` in it replaced by what that is now. */
function coloured(value, scheme) {
  if (Array.isArray(value)) return value.map((each) => coloured(each, scheme));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, scheme)]));
  }
  const token = typeof value === "string" && value.match(/^var\((--[\w-]+)\)$/);
  return token ? scheme.getPropertyValue(token[1]).trim() || "gray" : value;
}

async function draw(figure) {
  const { data, layout } = shown.get(figure);
  const Plotly = await plotly(figure.dataset.plotly);
  const place = figure.querySelector("[data-plot]");
  const scheme = getComputedStyle(document.documentElement);
  const { title, ...rest } = coloured(layout, scheme); // the caption has it
  figure.querySelector("[data-title]").textContent = title.text;
  const options = { responsive: true, displayModeBar: false, scrollZoom: false };
  await Plotly.react(place, coloured(data, scheme), { ...rest, autosize: true }, options);
  place.hidden = false;
  place.setAttribute("aria-label", `${title.text}. The table below has the same figures.`);
}

async function load(figure) {
  const { chart, range } = figure.dataset;
  const problem = figure.querySelector("[data-problem]");
  try {
    const answer = await fetch(`/api/charts/${chart}?range=${range}`, { headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail ?? answer.statusText);
    shown.set(figure, said);
    await draw(figure);
    problem.hidden = true;
  } catch (error) {
    problem.hidden = false;
    problem.querySelector("[data-says]").textContent = error.message;
  }
}

/** Another range, without another page: address, links and charts follow. */
function choose(range) {
  const address = new URL(location.href);
  address.searchParams.set("range", range);
  history.replaceState(null, "", address);
  for (const link of document.querySelectorAll("a[data-range]")) {
    if (link.dataset.range === range) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const figure of figures) {
    figure.dataset.range = range;
    for (const link of figure.querySelectorAll("a[data-csv]")) {
      link.href = `/api/charts/${figure.dataset.chart}?range=${range}&format=csv`;
    }
    if (shown.has(figure)) load(figure);
  }
  renewTables(address);
}

/** The tables of another range, from the page that the server makes for it. */
async function renewTables(address) {
  const tables = document.querySelectorAll("[data-table-of]");
  for (const table of tables) table.hidden = true;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const table of tables) {
      const renewed = page.querySelector(`[data-table-of="${table.dataset.tableOf}"]`);
      if (!renewed || address.href !== location.href) continue; // another range was chosen meanwhile
      renewed.open = table.open;
      table.replaceWith(document.adoptNode(renewed));
    }
  } catch {
    // the charts say what is wrong
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      load(target);
    }
  },
  { rootMargin: "200px" },
);

function redraw() {
  for (const figure of shown.keys()) draw(figure);
}

function begin() {
  for (const figure of figures) seen.observe(figure);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-range]");
    const retry = event.target.closest("button[data-retry]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      choose(link.dataset.range);
    } else if (retry) {
      load(retry.closest("figure"));
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-scheme"] });
  setInterval(() => {
    if (document.hidden) return;
    for (const figure of shown.keys()) if (FRESH_RANGES.has(figure.dataset.range)) load(figure);
  }, REFRESH_MS);
}

// After the text is there.
if (figures.length) {
  if (window.requestIdleCallback) requestIdleCallback(begin, { timeout: 1000 });
  else setTimeout(begin, 1);
}
