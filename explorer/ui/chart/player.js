// Plays a slider's places. The next one is asked for once the server has sent all of the last one and the browser has
// drawn the one before: the server works on one while the browser draws another. It is never faster than chosen.
const drawing = import(__FOLDER__ + "drawing.js").catch(() => null);
const PLAY = "M8 5v14l11-7z", PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";
const SVG = "http://www.w3.org/2000/svg";
const TYPED_INTO = "input, textarea, select, [contenteditable], [role=slider], [role=tab], [role=radio], [role=combobox], [role=listbox], canvas";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer-player");
  const part = (name) => root.querySelector(`[data-do="${name}"]`);
  const state = (root.__player ??= { playing: false, asked: null, since: 0, listens: false, timer: 0, drawn: null });
  const { places, shown } = data;
  const at = places.indexOf(shown), last = places.length - 1;

  const go = (at) => {
    state.asked = places[at];
    state.since = performance.now();
    setTriggerValue("go", places[at]);
  };
  const looping = () => part("loop").getAttribute("aria-pressed") === "true";
  const period = () => 1000 / Number(part("speed").value);

  function say(name, words, key) {
    part(name).setAttribute("aria-label", words);
    part(name).title = data.keys && key ? `${words} (${key})` : words;
  }
  function show() {
    say("play", state.playing ? "Pause the playback" : `Play ${data.what}`, "space");
    root.querySelector(".explorer-player-sign").setAttribute("d", state.playing ? PAUSE : PLAY);
    part("back").disabled = at <= 0;
    part("forward").disabled = at < 0 || at >= last;
    part("play").disabled = places.length < 2;
    root.querySelector(".explorer-player-step").textContent = `${data.label} ${shown.toLocaleString("en")}`;
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
    go(at >= last ? 0 : at + 1);
  }
  state.pageDrawn = async () => {
    if (!state.playing) return;
    const turn = (state.turn = {});
    const before = state.drawn;
    state.drawn = drawing.then((module) => module?.allDrawn());
    await before;
    if (!state.playing || state.turn !== turn) return;
    if (at >= last && !looping()) {
      await state.drawn;
      return pause();
    }
    // from where the page is: the slider may have been moved meanwhile
    clearTimeout(state.timer);
    const next = (at + 1) % places.length;
    state.timer = setTimeout(() => state.playing && go(next), Math.max(0, period() - (performance.now() - state.since)));
  };
  const step = (by) => {
    pause();
    const from = state.asked === null ? at : places.indexOf(state.asked);
    go(Math.min(last, Math.max(0, from + by)));
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
  if (!state.listens) {
    state.listens = true;
    state.key = (event) => state.press(event);
    state.end = () => state.pageDrawn();
    if (data.keys) document.addEventListener("keydown", state.key);
    addEventListener("explorer-drawn", state.end);
    root.setAttribute("aria-label", `Play ${data.what}`);
    say("back", `One ${data.place} back`, "arrow left");
    say("forward", `One ${data.place} forward`, "arrow right");
    part("speed").setAttribute("aria-label", `Playback speed, ${data.place}s a second`);
    part("speed").value = data.speed;
  }

  const lines = root.querySelector(".explorer-player-strip");
  lines.toggleAttribute("hidden", !data.lines.length);
  if (data.lines.length)
    strip(lines, data, at, (place) => {
      pause();
      go(place);
    });
  if (state.asked === shown) state.asked = null;
  show();

  return () => {
    state.playing = false;
    clearTimeout(state.timer);
    document.removeEventListener("keydown", state.key);
    removeEventListener("explorer-drawn", state.end);
    root.__player = undefined;
  };
}

function strip(svg, { places, place, lines }, at, go) {
  const last = Math.max(1, places.length - 1);
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
  svg.setAttribute("aria-label", `The loss of ${lines.map((line) => line.name).join(" and ")} over the ${place}s`);
  svg.onclick = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    go(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * last));
  };
}
