// Charts. Each <figure data-chart="NAME" data-plotly="ADDRESS"> is drawn when it comes into view; before that, and without
// this module, its table is there. Colours in a figure are custom properties of the stylesheet, as in "var(--label)".

const REFRESH_MS = 30_000;
const NARROW = 480;
const FRESH_RANGES = new Set(["15m", "1h", "6h"]);

const figures = [...document.querySelectorAll("figure[data-chart]")];
const begun = new Set(); // figures that have been in view: they are fetched now and then
const shown = new Map(); // figure: what was fetched for it last
const firstRange = figures[0]?.dataset.range; // of an address that names none
let library;
let tables = { range: figures[0]?.dataset.range, at: Date.now() }; // what the tables below the charts have, since when

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

/** The layout for the width that there is: on a phone fewer moments have room. */
function fitted(layout, place) {
  if (place.clientWidth > NARROW) return layout;
  return { ...layout, xaxis: { ...layout.xaxis, nticks: 4 } };
}

async function draw(figure) {
  const Plotly = await plotly(figure.dataset.plotly);
  const { data, layout } = shown.get(figure);
  const place = figure.querySelector("[data-plot]");
  const scheme = getComputedStyle(document.documentElement);
  const { title, ...rest } = coloured(layout, scheme); // the caption has it
  figure.querySelector("[data-title]").textContent = title.text;
  const options = { responsive: true, displayModeBar: false, scrollZoom: false };
  await Plotly.react(place, coloured(data, scheme), { ...fitted(rest, place), autosize: true }, options);
  place.hidden = false;
  place.setAttribute("aria-label", `${title.text}. The table below has the same figures.`);
}

/** What the gateway has at an address; whoever else answers there does not answer in JSON. */
async function figuresAt(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => {
    throw new Error("The gateway does not answer.");
  });
  const said = await answer.json().catch(() => null);
  if (!answer.ok || !said) throw new Error(said?.detail ?? `No figures came: the answer was ${answer.status}.`);
  return said;
}

async function load(figure) {
  begun.add(figure);
  const { chart, range } = figure.dataset;
  const problem = figure.querySelector("[data-problem]");
  const isLate = () => figure.dataset.range !== range; // another one was chosen meanwhile
  try {
    const said = await figuresAt(`/api/charts/${chart}?range=${range}`);
    if (isLate()) return;
    shown.set(figure, said);
    await draw(figure);
    if (!isLate()) problem.hidden = true;
  } catch (error) {
    if (isLate()) return;
    problem.hidden = false;
    problem.querySelector("[data-says]").textContent = error.message;
  }
}

/** Another range, without another page: the address goes first, and the way back leads to the range before. */
function choose(range) {
  const address = new URL(location.href);
  if (figures[0].dataset.range === range) return;
  address.searchParams.set("range", range);
  history.pushState(null, "", address);
  show(range);
}

/** Links, charts and tables of a range. */
function show(range) {
  for (const link of document.querySelectorAll("a[data-range]")) {
    if (link.dataset.range === range) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const figure of figures) {
    figure.dataset.range = range;
    for (const link of figure.querySelectorAll("a[data-csv]")) {
      link.href = `/api/charts/${figure.dataset.chart}?range=${range}&format=csv`;
    }
    if (begun.has(figure)) load(figure);
  }
  renewTables(range);
}

const tablesOf = (page) => [...page.querySelectorAll("[data-table-of]")];

/** The figures of the tables, from the page that the server makes of a range; away while they are of another one. */
async function renewTables(range) {
  const isLate = () => figures[0].dataset.range !== range;
  const places = tablesOf(document);
  for (const place of places) place.hidden = tables.range !== range;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const renewed = new Map(tablesOf(page).map((one) => [one.dataset.tableOf, one.querySelector("table")]));
    if (isLate() || !renewed.size) return;
    for (const place of places) {
      const table = renewed.get(place.dataset.tableOf);
      if (table) place.querySelector("table").replaceWith(document.adoptNode(table));
    }
    tables = { range, at: Date.now() };
  } catch {
    // the charts say what is wrong; it is tried again
  } finally {
    if (!isLate()) for (const place of places) place.hidden = false;
  }
}

/** What is in view or open, as far as it has grown old, has another range or has failed. */
function renew() {
  for (const figure of begun) {
    if (FRESH_RANGES.has(figure.dataset.range) || !figure.querySelector("[data-problem]").hidden) load(figure);
  }
  renewOpenTables();
}

function renewOpenTables() {
  const { range } = figures[0].dataset;
  const isOld = FRESH_RANGES.has(range) && Date.now() - tables.at >= REFRESH_MS;
  if ((isOld || tables.range !== range) && tablesOf(document).some((place) => place.open)) renewTables(range);
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
  addEventListener("popstate", () => {
    const range = new URLSearchParams(location.search).get("range") ?? firstRange;
    if (range !== figures[0].dataset.range) show(range);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-scheme"] });
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches("[data-table-of]")) renewOpenTables();
    },
    true,
  );
  setInterval(() => {
    if (!document.hidden) renew();
  }, REFRESH_MS);
}

// After the text is there.
if (figures.length) {
  if (window.requestIdleCallback) requestIdleCallback(begin, { timeout: 1000 });
  else setTimeout(begin, 1);
}
