// Plotly's script, loaded once for all charts, and the turns in which they are drawn.
const waiting = new Map(); // chart -> how it is drawn
const seen = new Set();
let loading = null;
let drawing = false;
let inHand = false; // a chart that is seen is being drawn

export function loadPlotly() {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = new URL("plotly.min.js", import.meta.url);
    // a missing route answers 200 with the index page: only the global proves that it is Plotly
    tag.onload = () => (globalThis.Plotly ? resolve(globalThis.Plotly) : reject(new Error("no Plotly there")));
    tag.onerror = () => reject(new Error("Plotly could not be loaded"));
    document.head.appendChild(tag);
  });
  return loading;
}

// One chart after the other, those that are seen first, and the page goes on in between. A chart that is asked to be
// drawn again before its turn came is drawn once, as it was asked last.
export function drawInTurn(host, draw) {
  asked = performance.now();
  waiting.set(host, draw);
  if (!drawing) takeTurns();
}

// Resolves when no chart that is seen waits for its drawing.
export async function allDrawn() {
  // a pause, not a yield: what is waited for goes first
  while (drawing && (inHand || [...waiting.keys()].some((host) => seen.has(host)))) await pause(8);
}

async function takeTurns() {
  drawing = true;
  while (waiting.size) {
    await ([...waiting.keys()].some(isDrawn) ? soon() : idle());
    const hosts = [...waiting.keys()];
    const next = hosts.find((host) => seen.has(host)) ?? hosts.find((host) => !isDrawn(host) || atRest()) ?? null;
    if (!next) {
      await pause(LOOK_EVERY);
      continue;
    }
    const draw = waiting.get(next);
    waiting.delete(next);
    inHand = true;
    if (draw) await draw();
    inHand = false;
  }
  drawing = false;
}

// what nobody sees is redrawn once nothing was asked for in a while: a film that plays needs the time
const REST = 600, LOOK_EVERY = 40; // milliseconds
let asked = 0;
const atRest = () => performance.now() - asked > REST;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isDrawn = (host) => host.classList.contains("js-plotly-plot");
const soon = () => globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
// while a page is built, what it builds goes first: a first drawing waits until there is nothing else to do, for a while
const LONGEST = 100; // milliseconds
const idle = () =>
  globalThis.requestIdleCallback ? new Promise((resolve) => requestIdleCallback(resolve, { timeout: LONGEST })) : soon();

// Which charts are seen is watched, not asked: a question about places makes the browser lay out the whole page.
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
});

export function keepInSight(host) {
  watch.observe(host);
}

export function forget(host) {
  watch.unobserve(host);
  seen.delete(host);
  waiting.delete(host);
}
