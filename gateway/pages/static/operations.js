// Operations as they are: sections come over a socket as HTML, and actions go as requests of their own.
import { announce, tellAges } from "./shell.js";
import { morph } from "./morph.js";

const STALE_MS = 15000;
const LONGEST_WAIT_MS = 15000;
const REFUSED = 4000;
const KEPT = "outcome";

const places = new Map([...document.querySelectorAll("[data-section]")].map((node) => [node.dataset.section, node]));
const state = document.getElementById("live");
const atWork = new WeakSet(); // forms that were sent and not answered yet
let socket;
let heardAt = Date.now();
let waits = 0;

function show(sections) {
  for (const [name, html] of Object.entries(sections)) {
    const place = places.get(name);
    if (!place) continue;
    morph(place, html);
    tellAges(place);
  }
  const headline = places.get("headline")?.querySelector("h1");
  if (headline) document.title = `${headline.textContent} · linernotes`;
}

function told(live, text) {
  state.hidden = false;
  state.className = live ? "live soft" : "stale bad-text";
  if (state.textContent !== text) state.textContent = text;
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/operations?as=html`);
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    heardAt = Date.now();
    waits = 0;
    show(frame.snapshot ?? frame.set);
    told(true, "live");
  });
  socket.addEventListener("close", (event) => {
    const refused = event.code >= REFUSED; // the status of HTTP and 4000: soon it will be refused as before
    const wait = refused ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, 500 * 2 ** waits++) * (0.75 + Math.random() / 2);
    const why = refused && event.reason ? `${event.reason} What is here is` : "not connected: what is here is";
    told(false, `${why} as of ${new Date(heardAt).toLocaleTimeString()}, trying again`);
    setTimeout(connect, wait);
  });
}

/** Say so where the connection is there and nothing comes; why there is none is said already. */
function watchAge() {
  if (socket.readyState !== WebSocket.OPEN) return;
  const quiet = Date.now() - heardAt;
  if (quiet > STALE_MS) told(false, `nothing heard for ${Math.round(quiet / 1000)} seconds`);
}

/** Ask in a dialog; true when it was confirmed. */
function confirmed(sentence) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("p").textContent = sentence;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Send an action; what it asks first is put to the person, and goes along with the answer. */
async function sent(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  const said = await answer.json();
  if (!said.ask) return { ok: answer.ok, said: said.detail ?? said.said ?? (answer.ok ? "Done." : answer.statusText) };
  if (!(await confirmed(said.ask))) return null;
  for (const [name, value] of Object.entries(said.form)) body.set(name, value);
  return sent(address, body);
}

async function act(form, submitter) {
  if (atWork.has(form)) return;
  atWork.add(form);
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.ariaDisabled = "true"; // a button that is disabled would lose the focus
  try {
    const done = await sent(form.action, new URLSearchParams(new FormData(form, submitter)));
    if (!done) return;
    outcome(done.ok, done.said);
    if (done.ok && form.dataset.after === "reload") reload(done.said);
  } catch {
    outcome(false, "The gateway does not answer: nothing is known of what came of it.");
  } finally {
    atWork.delete(form);
    for (const button of buttons) button.ariaDisabled = null;
    if (document.activeElement === document.body) submitter?.focus();
  }
}

/** Load the page anew, which tells the sentence once more: nobody could read it before. */
function reload(sentence) {
  try {
    sessionStorage.setItem(KEPT, sentence);
  } catch {
    // the browser keeps nothing: it is told until the page comes
  }
  location.reload();
}

function tellKept() {
  try {
    const sentence = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (sentence) outcome(true, sentence);
  } catch {
    // it kept nothing
  }
}

function outcome(ok, sentence) {
  const place = document.getElementById("outcome");
  place.hidden = false;
  place.className = ok ? "notice" : "notice bad";
  place.textContent = sentence;
  announce(sentence);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  act(event.target, event.submitter);
});

if (document.getElementById("outcome")) tellKept();
if (places.size) {
  connect();
  setInterval(watchAge, 1000);
}
