// What the browser shows of a view without waiting for the server: the view's charts at other training steps ("frames"),
// which were sent ahead. The server draws the whole page a moment later, and then its own charts hold again.
const MOST = 160; // frames that are kept
export const PATIENCE = 5000; // milliseconds until a wish that nobody answered is given up
const OPEN_VIEW = '[data-testid="stMain"] [role="tabpanel"]:not([hidden])';
const SILENCE = 1000; // milliseconds, after which it learns while frames are shown

export const charts = new Map(); // a chart's key -> show(text), or of null the server's own; mark(step) in a curve
const frames = new Map(); // step -> its frame; null where the page has to be drawn by the server
let question = null; // run, probe, view and choices: whatever the frames depend on but the step
let byServer = false; // whether this question's view holds more than frames do, such as a table of numbers
let ask = null;
let asked = 0; // when, or 0 where no answer is awaited
let said = 0; // when the server last learnt which step is shown
let step = null; // of the frame that is shown, until the server has drawn it

export const shownStep = () => step;
export const has = (wanted) => frames.has(wanted);
export const canAsk = () => ask !== null && !byServer;
export const isSilent = () => performance.now() - said > SILENCE;
export const waits = () => asked > 0 && performance.now() - asked < PATIENCE;

// the server's answer: frames for a question; another question makes the former frames worthless
export function take(answer, toAsk) {
  ask = toAsk;
  if (answer.question !== question) {
    question = answer.question;
    byServer = false;
    frames.clear();
    release();
  }
  byServer ||= answer.frames.some(([, frame]) => frame === null);
  for (const [step, frame] of answer.frames) {
    frames.delete(step);
    frames.set(step, frame);
  }
  while (frames.size > MOST) frames.delete(frames.keys().next().value);
  asked = 0;
  dispatchEvent(new CustomEvent("explorer-frames"));
}

export function close() {
  ask = question = null;
  frames.clear();
  release();
}

// steps: wanted, the most urgent first; at: the one that is shown meanwhile, which the address is to say; end: if it is the last
export function wish(steps, at, end) {
  asked = said = performance.now();
  ask({ steps, at, end, now: asked });
}

// shows a step; false where its frame is not at hand
export function show(wanted) {
  const frame = frames.get(wanted);
  if (!frame || !Object.keys(frame.charts).every((key) => charts.has(key))) return false;
  const words = [...document.querySelectorAll(`${OPEN_VIEW} [data-testid="stHtml"]`)];
  if (words.length !== frame.html.length) return false;
  step = wanted;
  words.forEach((one, number) => (one.innerHTML = frame.html[number]));
  for (const [key, chart] of charts) key in frame.charts ? chart.show(frame.charts[key]) : chart.mark(wanted);
  const answer = document.querySelector('.st-key-bar_answer [data-testid="stHtml"]');
  if (answer) answer.innerHTML = frame.answer;
  return true;
}

// what a chart shows now: a frame's text goes before the server's own, which is of another step
export const textOf = (key) => (step === null ? null : (frames.get(step)?.charts[key] ?? null));

// the server's own charts hold again
export function release() {
  if (step === null) return;
  step = null;
  for (const chart of charts.values()) chart.show(null);
}
