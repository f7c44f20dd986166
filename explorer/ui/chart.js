// Redraws one Plotly chart in place: no remount, no flicker, and the zoom survives new data.
const SCRIPT = "__PLOTLY_ROUTE__";
// what is left, enlarge, shrink and reset, is all that a keyboard needs, and few stops on its way
const LEFT_OUT = ["zoom2d", "pan2d", "select2d", "lasso2d", "autoScale2d"];

function loadPlotly() {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  globalThis.__explorerPlotly ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = SCRIPT;
    // a missing route answers 200 with the index page: only the global proves that it is Plotly
    tag.onload = () => (globalThis.Plotly ? resolve(globalThis.Plotly) : reject(new Error("no Plotly there")));
    tag.onerror = () => reject(new Error("Plotly could not be loaded"));
    document.head.appendChild(tag);
  });
  return globalThis.__explorerPlotly;
}

function themed(layout, host) {
  const style = getComputedStyle(host);
  const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const text = colour("--st-text-color", "#1b2430");
  const line = colour("--st-border-color", "#d5dce6");
  const ground = colour("--st-background-color", "#ffffff");
  const dark = isDark(ground);
  const meta = layout.meta ?? {};
  const result = { ...layout, font: { ...(layout.font ?? {}), color: text, family: colour("--st-font", "sans-serif") } };
  result.uirevision = "kept"; // what a person zoomed stays zoomed
  result.modebar = { bgcolor: "rgba(0,0,0,0)", color: line, activecolor: text };
  result.paper_bgcolor = result.plot_bgcolor = "rgba(0,0,0,0)";
  result.hoverlabel = { ...(layout.hoverlabel ?? {}), bgcolor: ground, bordercolor: line, font: { color: text } };
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
    result[name] = { ...layout[name], gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line };
  }
  // a colour of the theme, named as "var(--st-background-color)": drawings that lie on the page's own ground
  const own = (given) => (given?.startsWith("var(") ? colour(given.slice(4, -1), ground) : given);
  result.shapes = layout.shapes?.map((shape) => ({ ...shape, fillcolor: own(shape.fillcolor) }));
  result.annotations = layout.annotations?.map((note) => ({ ...note, bgcolor: own(note.bgcolor) }));
  if (dark && meta.dark_scale) {
    for (const name of Object.keys(layout).filter((key) => /^coloraxis/.test(key))) {
      result[name] = { ...layout[name], colorscale: meta.dark_scale };
    }
  }
  return result;
}

function isDark(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

export default function ({ parentElement, data, setTriggerValue, setStateValue }) {
  const host = parentElement.querySelector(".explorer-chart");
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const state = (host.__explorer ??= { alive: true, drawn: null, figure: null });
  state.click = (event) => {
    const point = event.points?.[0];
    if (point) setTriggerValue("click", { x: point.x, y: point.y, curve: point.curveNumber, at: Date.now() });
  };

  async function draw() {
    const Plotly = await loadPlotly();
    if (!state.alive) return;
    const { figure } = state;
    host.style.height = `${figure.layout.height}px`;
    const { description = "", toolbar } = figure.layout.meta ?? {};
    host.setAttribute("aria-label", description);
    host.setAttribute("role", toolbar ? "figure" : "img"); // an image may not hold the toolbar's buttons
    const config = {
      responsive: true,
      displaylogo: false,
      displayModeBar: toolbar ? "hover" : false,
      modeBarButtonsToRemove: LEFT_OUT,
    };
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const layout = themed(figure.layout, host);
    if (reduced) layout.transition = { duration: 0 };
    await Plotly.react(host, figure.data, layout, config);
    // the description says it: the words and numbers of a drawing make no sense one by one
    for (const drawing of host.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true");
    if (!state.listening && host.on) {
      state.listening = true;
      host.on("plotly_click", (event) => state.click(event));
    }
  }

  const theme = getComputedStyle(host).getPropertyValue("--st-background-color");
  if (text !== state.drawn || theme !== state.theme) {
    state.drawn = text;
    state.theme = theme;
    state.figure = JSON.parse(text);
    state.pending = (state.pending ?? Promise.resolve()).then(draw).catch((error) => {
      console.warn(String(error));
      setStateValue("failed", true);
    });
  }

  return () => {
    state.alive = false;
    host.__explorer = undefined;
    if (globalThis.Plotly && host._fullLayout) globalThis.Plotly.purge(host);
  };
}
