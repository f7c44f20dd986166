// Plays a slider's places. What a place shows is either at hand, sent ahead as a frame (shown.js), and shown at once, the
// server following when the slider rests; or the server draws it, and the next one is asked for once it has sent all of the
// last and the browser has drawn the one before. It is never faster than chosen.
const drawing = import(__FOLDER__ + "drawing.js").catch(() => null);
const loading = import(__FOLDER__ + "shown.js").catch(() => null);
const PLAY = "M8 5v14l11-7z", PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";
const SVG = "http://www.w3.org/2000/svg";
const TYPED_INTO = "input, textarea, select, [contenteditable], [role=slider], [role=tab], [role=radio], [role=combobox], [role=listbox], canvas";
const REST = 250; // milliseconds without a move, after which the server draws the page
const FIRST = 3, BATCH = 4, AHEAD = 12; // frames asked for together, where one is waited for and else; how far ahead
let shown = null;
loading.then((module) => (shown = module));

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer-player");
  const part = (name) => root.querySelector(`[data-do="${name}"]`);
  // told: the places that the server was asked for since it drew one of them; toEnd: if the last one was the end
  const state = (root.__player ??= { playing: false, since: 0, wanted: null, played: null, direction: 1, told: new Set(), listens: false });
  const { places } = data, last = places.length - 1;
  if (state.of !== data.of) {
    for (const timer of ["timer", "rest", "lost"]) clearTimeout(state[timer]);
    const { of, shown: page } = data;
    Object.assign(state, { of, playing: false, wanted: null, played: null, toEnd: false, page, pageIsEnd: page === places[last] });
    state.told.clear();
  }
  if (!places.includes(state.wanted)) state.wanted = null;
  const frames = () => (data.ahead ? shown : null);
  // the place that is seen: a frame's, or the server's; and the one that was asked for and is still to come
  const seen = () => places.indexOf(frames()?.shownStep() ?? data.shown);
  const aim = () => (state.wanted === null ? seen() : places.indexOf(state.wanted));
  const looping = () => part("loop").getAttribute("aria-pressed") === "true";
  const period = () => 1000 / Number(part("speed").value);
  const wrapped = (index) => ((index % places.length) + places.length) % places.length;

  function go(index) {
    clearTimeout(state.rest);
    state.toEnd = index === last;
    state.direction = index < aim() ? -1 : 1;
    state.wanted = places[index];
    state.since = performance.now();
    if (frames()?.show(places[index])) return arrived();
    draw();
    show();
  }
  // has the place drawn that is wanted and not at hand; a frame that does not fit the page cannot be shown
  function draw() {
    if (frames()?.canAsk() && !frames().has(state.wanted)) wish();
    else byServer();
  }
  // what is still missing of the place that is wanted and of those that follow it
  function wish() {
    clearTimeout(state.lost);
    state.lost = setTimeout(() => state.wanted !== null && byServer(), shown.PATIENCE);
    if (shown.waits()) return;
    const from = aim(), reach = state.playing ? AHEAD : 1;
    const next = [...Array(reach + 1).keys()].map((by) => places[wrapped(from + by * state.direction)]);
    const missing = [...new Set(next)].filter((step) => !shown.has(step)).slice(0, state.wanted === null ? BATCH : FIRST);
    if (!missing.length && !shown.isSilent()) return;
    state.told.add(places[seen()]);
    shown.wish(missing, places[seen()], seen() === last);
  }
  const byServer = () => tell(state.wanted);
  function tell(place) {
    state.told.add(place);
    setTriggerValue("go", { place, end: state.toEnd });
  }
  // a frame is shown
  async function arrived() {
    state.played = state.wanted;
    state.wanted = null;
    clearTimeout(state.lost);
    show();
    if (!state.playing) return rest();
    if (frames().canAsk()) wish();
    const turn = (state.turn = {});
    await drawing.then((module) => module?.allDrawn());
    if (state.playing && state.turn === turn) state.goOn();
  }
  // the next place, from the frame that was played last (a page for another map is of the step before), or from the page
  const from = () => (state.played === null ? seen() : places.indexOf(state.played));
  state.next = () => state.playing && go(wrapped(from() + 1));
  state.goOn = () => {
    if (from() >= last && !looping()) return pause();
    clearTimeout(state.timer);
    state.timer = setTimeout(() => state.next(), Math.max(0, period() - (performance.now() - state.since)));
  };
  // the server draws what the slider rests on
  function rest() {
    clearTimeout(state.rest);
    const step = frames()?.shownStep() ?? null;
    if (step !== null) state.rest = setTimeout(() => tell(step), REST);
  }

  function say(name, words, key) {
    part(name).setAttribute("aria-label", words);
    part(name).title = data.keys && key ? `${words} (${key})` : words;
  }
  function show() {
    const at = seen(), place = places[at] ?? data.shown;
    say("play", state.playing ? "Pause the playback" : `Play ${data.what}`, "space");
    root.querySelector(".explorer-player-sign").setAttribute("d", state.playing ? PAUSE : PLAY);
    part("back").disabled = at <= 0;
    part("forward").disabled = at < 0 || at >= last;
    part("play").disabled = places.length < 2;
    root.querySelector(".explorer-player-step").textContent = `${data.label} ${place.toLocaleString("en")}`;
    root.dataset.step = place;
    root.dataset.playing = state.playing;
    const slider = part("slide");
    slider.max = last;
    slider.value = Math.max(0, aim());
    slider.disabled = places.length < 2;
    slider.setAttribute("aria-valuetext", String(places[aim()] ?? place));
    strip();
  }
  function pause() {
    state.playing = false;
    clearTimeout(state.timer);
    show();
    rest();
  }
  function play() {
    state.playing = true;
    state.played = null;
    show();
    const at = seen();
    go(at >= last ? 0 : at + 1);
  }
  // the server has sent all of a page
  state.pageDrawn = async () => {
    const { page, pageIsEnd } = state, ahead = frames()?.shownStep() ?? null, isEnd = data.shown === places[last];
    Object.assign(state, { page: data.shown, pageIsEnd: isEnd });
    const isHere = (place) => place === data.shown || (state.toEnd && isEnd);
    // what nobody asked for here: a click on a curve, Back or a button has chosen; the end of a run that trains moves by itself
    const isElsewhere = data.shown !== page && !state.told.has(data.shown) && !(pageIsEnd && isEnd);
    if (ahead !== null && (isHere(ahead) || isElsewhere || (state.wanted !== null && isHere(state.wanted)))) {
      clearTimeout(state.rest);
      state.told.clear();
      frames().release();
    }
    if (isElsewhere || (state.wanted !== null && isHere(state.wanted))) state.wanted = state.played = null;
    if (state.wanted === null && frames()?.shownStep() == null) state.told.clear();
    if (frames()?.shownStep() != null || (frames()?.canAsk() && state.wanted !== null)) return; // frames go on by themselves
    show();
    if (!state.playing) return;
    const turn = (state.turn = {});
    const before = state.drawn;
    state.drawn = drawing.then((module) => module?.allDrawn());
    await before;
    if (!state.playing || state.turn !== turn) return;
    if (from() >= last) await state.drawn;
    state.goOn();
  };
  state.framesCame = () => {
    if (!data.ahead || state.wanted === null) return;
    if (shown.show(state.wanted)) arrived();
    else draw();
  };
  const moveBy = (by) => {
    pause();
    go(Math.min(last, Math.max(0, aim() + by)));
  };

  part("play").onclick = () => (state.playing ? pause() : play());
  part("back").onclick = () => moveBy(-1);
  part("forward").onclick = () => moveBy(1);
  part("loop").onclick = () => part("loop").setAttribute("aria-pressed", String(!looping()));
  part("slide").oninput = (event) => {
    const index = Number(event.target.value);
    pause();
    go(index);
  };
  state.press = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target.closest?.(TYPED_INTO)) return;
    if (event.key === "ArrowLeft") moveBy(-1);
    else if (event.key === "ArrowRight") moveBy(1);
    else if (event.key === " " && !target.closest?.("button, a, summary")) part("play").click();
    else return;
    event.preventDefault();
  };
  if (!state.listens) {
    state.listens = true;
    state.key = (event) => state.press(event);
    state.end = () => state.pageDrawn();
    state.came = () => state.framesCame();
    if (data.keys) document.addEventListener("keydown", state.key);
    addEventListener("explorer-drawn", state.end);
    addEventListener("explorer-frames", state.came);
    root.setAttribute("aria-label", `Play ${data.what}`);
    say("back", `One ${data.place} back`, "arrow left");
    say("forward", `One ${data.place} forward`, "arrow right");
    part("speed").setAttribute("aria-label", `Playback speed, ${data.place}s a second`);
    part("speed").value = data.speed;
    part("slide").setAttribute("aria-label", data.label);
    part("slide").title = data.help;
  }

  const line = root.querySelector(".explorer-player-strip");
  part("slide").toggleAttribute("hidden", !data.ahead);
  line.toggleAttribute("hidden", !data.lines.length);
  const strip = () =>
    data.lines.length &&
    drawStrip(line, data, seen(), (index) => {
      pause();
      go(index);
    });
  show();

  return () => {
    state.playing = false;
    for (const timer of ["timer", "rest", "lost"]) clearTimeout(state[timer]);
    document.removeEventListener("keydown", state.key);
    removeEventListener("explorer-drawn", state.end);
    removeEventListener("explorer-frames", state.came);
    root.__player = undefined;
  };
}

function drawStrip(svg, { places, place, lines }, at, go) {
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
