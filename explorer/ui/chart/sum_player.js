// Plays a convolution over its input: place by place, or product by product, with every number of the sum.
import { draw, palette, part } from "./cells.js";
import { addAll, addProduct, begin, isComplete, isRounding, isWithin, next, ownValue, read, term } from "./sum.js";

const SPEEDS = [
  ["2 products a second", "product", 2], ["8 products a second", "product", 8], ["30 products a second", "product", 30],
  ["2 places a second", "place", 2], ["10 places a second", "place", 10], ["60 places a second", "place", 60],
];
const SPEED_AT_FIRST = 1;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".player");
  const state = (root.__player ??= { playing: false, due: 0, time: 0, views: {} });
  if (!state.bytes || !same(state.bytes, data)) take(root, state, data);
  if (!state.listening) listen(root, state);
  state.colours = palette(root, state.sum.scales);
  show(root, state);
  return () => {
    pause(root, state);
    state.resized.disconnect();
    root.__player = undefined;
  };
}

const same = (one, other) => one.length === other.length && one.every((byte, index) => byte === other[index]);

// Other numbers arrive: of another step, channel or place. The walk begins again at the chosen place.
function take(root, state, bytes) {
  state.bytes = bytes.slice();
  state.sum = read(state.bytes);
  state.walk = begin(state.sum, state.sum.start);
  state.views = {};
  root.setAttribute("aria-label", state.sum.title);
  root.querySelector(".title").textContent = state.sum.title;
  root.querySelector(".note").textContent = state.sum.note;
}

function listen(root, state) {
  state.listening = true;
  const speed = root.querySelector("select");
  speed.append(...SPEEDS.map(([words], number) => new Option(words, number, number === SPEED_AT_FIRST, number === SPEED_AT_FIRST)));
  const actions = {
    play: () => (state.playing ? pause(root, state) : play(root, state)),
    product: () => step(state, "product"),
    place: () => step(state, "place"),
    restart: () => (state.walk = begin(state.sum, [state.sum.rows[0], 0])),
  };
  for (const button of root.querySelectorAll("button")) {
    button.onclick = () => {
      if (button.dataset.do !== "play") pause(root, state);
      actions[button.dataset.do]();
      show(root, state);
    };
  }
  root.querySelector('[data-part="output"]').onclick = (event) => jump(root, state, event);
  stillness.onchange = () => adapt(root, state);
  adapt(root, state);
  state.resized = new ResizeObserver(() => show(root, state));
  state.resized.observe(root);
}

function adapt(root, state) {
  if (stillness.matches) pause(root, state);
  for (const moving of ['[data-do="play"]', ".speed"]) root.querySelector(moving).hidden = stillness.matches;
  root.querySelector(".reduced").hidden = !stillness.matches;
}

function jump(root, state, event) {
  const { cell, rows, columns } = state.views.output;
  const row = rows[0] + Math.floor(event.offsetY / cell), column = columns[0] + Math.floor(event.offsetX / cell);
  if (row < state.sum.rows[0] || row >= state.sum.rows[1] || column >= columns[1]) return;
  state.walk = begin(state.sum, [row, column], state.walk.filled);
  show(root, state);
}

// One product, or one whole place, further; false after the last place.
function step(state, unit) {
  if (isComplete(state.sum, state.walk)) {
    const place = next(state.sum, state.walk);
    if (!place) return false;
    state.walk = place;
  }
  (unit === "product" ? addProduct : addAll)(state.sum, state.walk);
  return true;
}

function play(root, state) {
  state.playing = true;
  state.time = performance.now();
  state.due = 1; // the first step at once
  if (isComplete(state.sum, state.walk) && !next(state.sum, state.walk)) state.walk = begin(state.sum, [state.sum.rows[0], 0]);
  state.frame = requestAnimationFrame((time) => advance(root, state, time));
}

function pause(root, state) {
  state.playing = false;
  cancelAnimationFrame(state.frame);
}

function advance(root, state, time) {
  const [, unit, rate] = SPEEDS[root.querySelector("select").value];
  state.due = Math.min(rate, state.due + (Math.max(0, time - state.time) / 1000) * rate);
  state.time = time;
  const moved = state.due >= 1;
  for (; state.due >= 1 && state.playing; state.due -= 1) if (!step(state, unit)) pause(root, state);
  if (moved) show(root, state);
  if (state.playing) state.frame = requestAnimationFrame((later) => advance(root, state, later));
}

function show(root, state) {
  const { sum, walk, colours, views } = state;
  const now = term(sum, walk, Math.max(0, walk.done - 1)), [, height, width] = sum.shapes.kernel;
  const own = sum.channels[now.channel], first = now.channel * height * width;
  const at = (name) => root.querySelector(`[data-part="${name}"]`);
  const [, , columns] = sum.shapes.padded, padded = (row, column) => sum.padded[(now.channel * sum.shapes.padded[1] + row - sum.firstRow) * columns + column];
  const top = walk.row * sum.stride[0], left = walk.column * sum.stride[1];
  const span = [(height - 1) * sum.dilation[0] + 1, (width - 1) * sum.dilation[1] + 1];
  const isSpread = sum.dilation[0] > 1 || sum.dilation[1] > 1; // then not every cell of the window is read
  const taps = [...Array(isSpread ? height * width : 0).keys()].map((place) => term(sum, walk, first + place));
  const seen = views.input ?? {}, rows = part(sum.shapes.padded[1], top - sum.firstRow, top - sum.firstRow + span[0] - 1, seen.from);
  views.input = { from: rows, ...draw(at("input"), colours, {
    rows: rows.map((row) => row + sum.firstRow), columns: part(columns, left, left + span[1] - 1, seen.columns),
    value: padded, limit: sum.limits.padded, hatched: (row, column) => !isWithin(sum, row - sum.padding[0], column - sum.padding[1]),
    framed: [[[top, left], span], ...taps.map(({ tapRow, tapColumn }) => [[tapRow, tapColumn], [1, 1]])], marked: walk.done ? [[now.tapRow, now.tapColumn]] : [],
  }) };
  const cells = { rows: [0, height], columns: [0, width], marked: walk.done ? [[now.u, now.v]] : [] };
  const factor = (name) => (u, v) => term(sum, walk, first + u * width + v)[name];
  const products = [...Array(height * width).keys()].map((place) => Math.abs(term(sum, walk, first + place).product));
  const added = (u, v) => (first + u * width + v < walk.done ? factor("product")(u, v) : NaN);
  const hatched = (u, v) => term(sum, walk, first + u * width + v).isPadding;
  draw(at("patch"), colours, { ...cells, value: factor("value"), limit: sum.limits.padded, hatched });
  draw(at("kernel"), colours, { ...cells, value: factor("weight"), limit: sum.limits.kernel });
  draw(at("products"), colours, { ...cells, value: added, limit: Math.max(...products) || 1 });
  const [outRows, outColumns] = sum.shapes.output, shown = views.output ?? {};
  views.output = draw(at("output"), colours, {
    rows: part(outRows, walk.row, walk.row, shown.rows), columns: part(outColumns, walk.column, walk.column, shown.columns),
    value: (row, column) => walk.filled[row * outColumns + column], limit: sum.limits.output, marked: [[walk.row, walk.column]],
  });
  say(root, state, now, own);
}

function say(root, state, now, own) {
  const { sum, walk } = state, digits = (number) => number.toFixed(sum.decimals);
  const write = (name, words) => {
    const line = root.querySelector(name);
    line.setAttribute("aria-live", state.playing ? "off" : "polite");
    if (line.textContent !== words) line.textContent = words;
  };
  root.querySelector('[data-do="play"]').textContent = state.playing ? "Pause" : "Play";
  root.querySelector('[data-part="input"]').previousElementSibling.textContent = `Input channel ${own}, padding hatched`;
  root.querySelector('[data-part="output"]').previousElementSibling.textContent = sum.outputName;
  for (const canvas of root.querySelectorAll("canvas")) canvas.setAttribute("aria-label", canvas.previousElementSibling.textContent);
  write(".place", `Row ${walk.row}, column ${walk.column}: ${walk.done} of ${sum.count} products added.`);
  const where = now.isPadding ? "the padding" : `row ${now.inputRow}, column ${now.inputColumn}`;
  write(".term", walk.done === 0 ? "" :
    `Input channel ${own}, ${where}: ${digits(now.value)} × ${digits(now.weight)} = ${digits(now.product)}. Sum so far: ${digits(walk.running)}.`);
  write(".total", isComplete(sum, walk) ? total(sum, walk, digits) : "");
}

function total(sum, walk, digits) {
  const value = walk.running + sum.bias, own = ownValue(sum, walk);
  const cause = isRounding(sum, walk) ? "from floating-point rounding" : "more than rounding: a hook or another forward pass changes this layer";
  return `${digits(walk.running)} + bias ${digits(sum.bias)} = ${digits(value)}. PyTorch's own value: ${digits(own)}; the difference is ${Math.abs(own - value).toExponential(1)}, ${cause}.`;
}
