// A canvas to draw on: white strokes, sent soon after each as opacities, a byte a pixel.
const PEN = 0.12; // of the canvas: about the strokes of handwritten digits that fill their picture
const WAIT = 150; // milliseconds after a stroke
const MOVE = 1 / 16; // of the canvas: an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The strokes outlive the popover that shows the canvas: each a list of places [x, y] in 0…1.
const kept = { strokes: [], cleared: 0 };

export default function ({ parentElement, data, setTriggerValue }) {
  const pad = parentElement.querySelector(".pad"), canvas = pad.querySelector("canvas");
  if (data.cleared !== kept.cleared) Object.assign(kept, { strokes: [], cleared: data.cleared });
  const state = (pad.__pad ??= { cursor: [0.5, 0.5], open: null, waiting: 0 });
  state.send = (ink) => setTriggerValue("drawing", { ink, at: Date.now() });
  state.side = data.side;
  if (!state.resized) {
    listen(pad, canvas, state);
    state.resized = new ResizeObserver(() => draw(pad, canvas, state));
    state.resized.observe(canvas);
  }
  draw(pad, canvas, state);
  return () => {
    clearTimeout(state.waiting);
    state.resized.disconnect();
    pad.__pad = undefined;
  };
}

function listen(pad, canvas, state) {
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const changed = (words) => {
    draw(pad, canvas, state);
    if (words) pad.querySelector(".said").textContent = words;
    if (state.open) return; // a stroke is sent when it ends
    clearTimeout(state.waiting);
    state.waiting = setTimeout(() => state.send(ink(state.side)), WAIT);
  };
  canvas.onpointerdown = (event) => {
    if (event.button !== 0 || state.open) return;
    event.preventDefault(); // neither selects words nor scrolls
    canvas.focus({ focusVisible: false });
    canvas.setPointerCapture(event.pointerId);
    clearTimeout(state.waiting);
    state.open = { id: event.pointerId, points: [place(event)] };
    kept.strokes.push(state.open.points);
    draw(pad, canvas, state);
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== state.open?.id) return;
    state.open.points.push(place(event));
    draw(pad, canvas, state);
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== state.open?.id) return;
    state.open = null;
    changed();
  };
  const undo = () => kept.strokes.pop() && changed("Undone.");
  const clear = () => {
    kept.strokes = [];
    changed("Cleared.");
  };
  canvas.onkeydown = (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) move(state, arrow, event.shiftKey, changed);
    else if (event.key === " ") changed(`Painted ${spoken(state.cursor)}.`, kept.strokes.push([state.cursor]));
    else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) undo();
    else if (event.key === "Delete") clear();
    else return;
    event.preventDefault();
    draw(pad, canvas, state);
  };
  canvas.onfocus = canvas.onblur = () => draw(pad, canvas, state);
  pad.querySelector('[data-do="undo"]').onclick = undo;
  pad.querySelector('[data-do="clear"]').onclick = clear;
}

function move(state, [x, y], paints, changed) {
  const before = state.cursor, within = (number) => Math.min(1, Math.max(0, number));
  state.cursor = [within(before[0] + x * MOVE), within(before[1] + y * MOVE)];
  if (!paints) return;
  kept.strokes.push([before, state.cursor]);
  changed(`Painted to ${spoken(state.cursor)}.`);
}

const spoken = ([x, y]) => `${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top`;

function paint(pen, side) {
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = PEN * side;
  pen.strokeStyle = "#ffffff";
  for (const points of kept.strokes) {
    pen.beginPath();
    pen.moveTo(points[0][0] * side, points[0][1] * side);
    for (const [x, y] of points) pen.lineTo(x * side, y * side);
    pen.stroke();
  }
}

function draw(pad, canvas, state) {
  const side = Math.round(canvas.clientWidth * (globalThis.devicePixelRatio || 1));
  if (!side) return;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  paint(pen, side);
  if (canvas.matches(":focus-visible")) {
    const [x, y] = state.cursor.map((place) => place * side);
    pen.strokeStyle = "#ff9c3f";
    pen.lineWidth = 0.01 * side;
    pen.beginPath();
    pen.arc(x, y, (PEN * side) / 2, 0, 2 * Math.PI);
    pen.stroke();
  }
  for (const button of pad.querySelectorAll("button")) button.disabled = kept.strokes.length === 0;
}

function ink(side) {
  const small = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = small.getContext("2d");
  paint(pen, side);
  const pixels = pen.getImageData(0, 0, side, side).data; // red, green, blue, opacity
  return btoa(String.fromCharCode(...pixels.filter((_, place) => place % 4 === 3)));
}
