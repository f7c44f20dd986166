// Plays the recorded steps. The next one is asked for once the server has sent all of the last one and the browser has
// drawn the one before: the server works on a step while the browser draws another. It is never faster than chosen.
const drawing = import(`${location.origin}__FOLDER__drawing.js`).catch(() => null);
const PLAY = "M8 5v14l11-7z", PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";
const SVG = "http://www.w3.org/2000/svg";
const TYPED_INTO = "input, textarea, select, [contenteditable], [role=slider], [role=tab], [role=radio], [role=combobox], [role=listbox], canvas";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer-player");
  const part = (name) => root.querySelector(`[data-do="${name}"]`);
  const state = (root.__player ??= { playing: false, asked: null, since: 0, keys: null, timer: 0, drawn: null });
  const { steps, shown } = data;
  const at = steps.indexOf(shown);

  const go = (place) => {
    state.asked = steps[place];
    state.since = performance.now();
    setTriggerValue("go", steps[place]);
  };
  const looping = () => part("loop").getAttribute("aria-pressed") === "true";
  const period = () => 1000 / Number(part("speed").value);

  function show() {
    part("play").setAttribute("aria-label", state.playing ? "Pause the playback" : "Play the training");
    root.querySelector(".explorer-player-sign").setAttribute("d", state.playing ? PAUSE : PLAY);
    part("back").disabled = at <= 0;
    part("forward").disabled = at < 0 || at >= steps.length - 1;
    part("play").disabled = steps.length < 2;
    root.querySelector(".explorer-player-step").textContent = `Training step ${shown.toLocaleString("en")}`;
    root.dataset.step = shown;
    root.dataset.playing = state.playing;
  }
  function pause() {
    state.playing = false;
    clearTimeout(state.timer);
    show();
  }
  function play() {
    state.playing = true;
    show();
    go(at >= steps.length - 1 ? 0 : at + 1);
  }
  state.arrived = async (step) => {
    if (!state.playing || step !== state.asked) return;
    const before = state.drawn;
    state.drawn = drawing.then((module) => module?.allDrawn());
    await before;
    const at = steps.indexOf(step);
    if (!state.playing || step !== state.asked) return;
    if (at >= steps.length - 1 && !looping()) {
      await state.drawn;
      return pause();
    }
    clearTimeout(state.timer);
    const next = (at + 1) % steps.length;
    state.timer = setTimeout(() => state.playing && go(next), Math.max(0, period() - (performance.now() - state.since)));
  };
  const step = (by) => {
    pause();
    const place = Math.min(steps.length - 1, Math.max(0, (state.asked === null ? at : steps.indexOf(state.asked)) + by));
    go(place);
  };

  part("play").onclick = () => (state.playing ? pause() : play());
  part("back").onclick = () => step(-1);
  part("forward").onclick = () => step(1);
  part("loop").onclick = () => part("loop").setAttribute("aria-pressed", String(!looping()));
  state.press = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target.closest?.(TYPED_INTO)) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === " " && !target.closest?.("button, a, summary")) part("play").click();
    else return;
    event.preventDefault();
  };
  if (!state.keys) {
    state.keys = (event) => state.press(event);
    state.end = (event) => state.arrived(event.detail);
    document.addEventListener("keydown", state.keys);
    addEventListener("explorer-step", state.end);
  }

  strip(root.querySelector(".explorer-player-strip"), data, at, (place) => {
    pause();
    go(place);
  });
  if (state.asked === shown && !state.playing) state.asked = null;
  show();

  return () => {
    state.playing = false;
    clearTimeout(state.timer);
    document.removeEventListener("keydown", state.keys);
    removeEventListener("explorer-step", state.end);
    root.__player = undefined;
  };
}

function strip(svg, { steps, lines }, at, go) {
  const last = Math.max(1, steps.length - 1);
  const drawn = JSON.stringify(lines);
  if (svg.__drawn !== drawn) {
    svg.__drawn = drawn;
    svg.replaceChildren(
      ...lines.map(({ colour, points }) => {
        const line = document.createElementNS(SVG, "polyline");
        line.setAttribute("points", points.map(([x, y]) => `${x},${1 - y}`).join(" "));
        line.style.stroke = colour;
        return line;
      }),
      document.createElementNS(SVG, "line"),
    );
  }
  const mark = svg.querySelector("line");
  for (const name of ["x1", "x2"]) mark.setAttribute(name, Math.max(0, at) / last);
  mark.setAttribute("y1", 0);
  mark.setAttribute("y2", 1);
  svg.setAttribute("aria-label", `The loss of ${lines.map((line) => line.name).join(" and ")} over the recorded steps`);
  svg.onclick = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    go(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * last));
  };
}
