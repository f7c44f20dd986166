// Redraws one Plotly chart in place: no remount, no flicker, and the zoom survives new data.
import { apart, drawBar } from "./bar.js";
import { drawInTurn, forget, keepInSight, loadPlotly } from "./drawing.js";
import { fitted, legible, scaleOf, themed, untitled } from "./layout.js";
import { charts, shownStep, textOf } from "./shown.js";
import { words } from "./words.js";

// before any chart: without its style a figure is narrower
const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("chart.css", import.meta.url) });
await new Promise((resolve) => {
  style.onload = style.onerror = resolve;
  document.head.append(style);
});

// all that a keyboard needs, and few stops on its way; Plotly's own choice would also send charts to its cloud
const BUTTONS = ["zoomIn2d", "zoomOut2d", "resetScale2d"];
const CHOSEN_STEP = "chosen step"; // the name of a shape
const KEEP = { name: "keep", title: "Download as a picture" };

// a picture to keep has its title and a ground
function download(Plotly, figure, host) {
  const name = figure.layout.title?.text || "chart";
  const layout = { ...themed(figure.layout, host), width: host.clientWidth };
  layout.paper_bgcolor = getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#ffffff";
  const filename = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return Plotly.downloadImage({ data: figure.data, layout }, { format: "png", scale: 2, height: layout.height, width: layout.width, filename });
}

export default function ({ parentElement, data, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".explorer-figure");
  const host = root.querySelector(".explorer-chart");
  const server = typeof data === "string" ? data : new TextDecoder().decode(data);
  const { key } = JSON.parse(server.slice(0, server.indexOf("\n")));
  const state = (host.__explorer ??= { alive: true, sent: null, figure: null, width: 0, height: 0 });
  state.click = (event) => {
    const point = event.points?.[0];
    if (point) setTriggerValue("click", { x: point.x, y: point.y, at: Date.now() });
  };

  function sized() {
    const layout = fitted(untitled(state.figure.layout), state.width, scaleOf(getComputedStyle(host)));
    if (state.height !== layout.height) host.style.height = `${layout.height}px`;
    root.dataset.sized = "";
    state.height = layout.height;
    return layout;
  }

  async function draw() {
    const Plotly = await loadPlotly();
    if (!state.alive) return;
    const { data: traces, layout: { meta } } = state.figure;
    const { layout, bar } = apart(themed(sized(), host));
    drawBar(root.querySelector(".explorer-bar"), bar, layout.margin.b);
    // a finger moves the page, not what is drawn on it; the buttons zoom
    if (layout.dragmode === "pan" && matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    const shown = legible(traces, layout, state.width);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) layout.transition = { duration: 0 };
    // the same buttons each time: where they differ, Plotly draws everything anew
    state.keep ??= { ...KEEP, icon: Plotly.Icons.camera, click: () => download(Plotly, state.figure, host) };
    const modeBarButtons = [[...BUTTONS, state.keep]];
    await Plotly.react(host, shown, layout, {
      displaylogo: false,
      displayModeBar: meta?.toolbar ? "hover" : false,
      modeBarButtons,
    });
    // the description says it: the words and numbers of a drawing make no sense one by one
    for (const drawing of host.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true");
    if (!state.listening && host.on) {
      state.listening = true;
      host.on("plotly_click", (event) => state.click(event));
    }
  }

  function redraw() {
    drawInTurn(host, () =>
      draw().catch((error) => {
        console.warn(String(error));
        setStateValue("failed", true);
      }),
    );
  }

  function show(text) {
    const theme = ["--st-background-color", "--explorer-scale"].map((name) => getComputedStyle(host).getPropertyValue(name)).join();
    if (text === state.sent && theme === state.theme) return;
    Object.assign(state, { sent: text, theme });
    const cut = text.indexOf("\n"); // the words, then the figure
    state.figure = JSON.parse(text.slice(cut + 1));
    const { title, meta } = state.figure.layout;
    words(root, title?.text ?? "", JSON.parse(text.slice(0, cut)));
    host.setAttribute("aria-label", meta?.description ?? "");
    host.setAttribute("role", meta?.toolbar ? "figure" : "img"); // an image may not hold the toolbar's buttons
    if (state.width) redraw();
  }

  // in a curve over the training, the line of the chosen step
  function mark(step) {
    const line = state.figure.layout.shapes?.find((one) => one.name === CHOSEN_STEP);
    if (!line || line.x0 === step) return;
    line.x0 = line.x1 = step;
    state.sent = null; // it is no longer what was sent
    redraw();
  }

  state.shown = { show: (text) => show(text ?? server), mark };
  charts.set(key, state.shown);
  show(textOf(key) ?? server);
  if (shownStep() !== null) mark(shownStep());
  // Its width is told at first, and whenever it changes: with the window, and with the sidebar, which Plotly's own way
  // to follow would miss.
  state.resized ??= new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === state.width) return;
    state.width = Math.round(contentRect.width);
    sized(); // before it is drawn: what stands below keeps its place
    redraw();
  });
  state.resized.observe(host);
  keepInSight(host);

  return () => {
    state.alive = false;
    state.resized.disconnect();
    forget(host);
    if (charts.get(key) === state.shown) charts.delete(key);
    host.__explorer = undefined;
    if (globalThis.Plotly && host._fullLayout) globalThis.Plotly.purge(host);
  };
}
