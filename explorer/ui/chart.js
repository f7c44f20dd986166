// Redraws one Plotly chart in place: no remount, no flicker, and the zoom survives new data.
const SCRIPT = "__PLOTLY_ROUTE__";
const ABOUT = "__ABOUT_ROUTE__";
// all that a keyboard needs, and few stops on its way; Plotly's own choice would also send charts to its cloud
const BUTTONS = ["zoomIn2d", "zoomOut2d", "resetScale2d"];
const KEEP = { name: "keep", title: "Download as a picture" };
const TITLE = 24; // pixels that a figure keeps free for its title
const BAR = 58; // pixels beside a picture that its colour bar takes
const LEAST = 60; // pixels that a picture is high

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

// the title stands above the chart as text: it wraps, and can be read by all
function untitled(layout) {
  const room = layout.title?.text ? Math.min(TITLE, Math.max(0, layout.margin.t - 6)) : 0;
  return { ...layout, title: {}, height: layout.height - room, margin: { ...layout.margin, t: layout.margin.t - room } };
}

// a picture as high as its width asks for, so that nothing below it is left empty
function fitted(layout, data, width) {
  const { aspect } = layout.meta ?? {};
  if (!aspect || !width) return layout;
  const scale = (axis) => axis?.showscale !== false;
  const hasBar = data.some((trace) => trace.colorbar) || Object.keys(layout).some((key) => /^coloraxis/.test(key) && scale(layout[key]));
  const { l, r, t, b } = layout.margin;
  const height = t + b + Math.max(LEAST, (width - l - r - (hasBar ? BAR : 0)) * aspect);
  return { ...layout, height: Math.min(layout.height, Math.round(height)) };
}

// a picture to keep has its title and a ground
function download(Plotly, figure, host) {
  const name = figure.layout.title?.text || "chart";
  const layout = { ...themed(figure.layout, host), width: host.clientWidth };
  layout.paper_bgcolor = getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#ffffff";
  const filename = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return Plotly.downloadImage({ data: figure.data, layout }, { format: "png", scale: 2, height: layout.height, width: layout.width, filename });
}

function words(root, title, { kind, reading }) {
  const [name, ask, card, line] = ["name", "ask", "card", "reading"].map((one) => root.querySelector(`.explorer-${one}`));
  name.textContent = title;
  line.textContent = reading;
  root.setAttribute("aria-label", title || reading);
  ask.setAttribute("aria-label", `What this shows: ${title || reading}`);
  card.setAttribute("aria-label", title || reading);
  if (card.dataset.kind !== kind) card.replaceChildren();
  card.dataset.kind = kind;
  if (ask.popoverTargetElement) return;
  ask.popoverTargetElement = card;
  const leave = (event) => event.target !== card && !card.contains(event.target) && card.hidePopover();
  card.addEventListener("beforetoggle", async (event) => {
    if (event.newState !== "open") return document.removeEventListener("scroll", leave, true);
    document.addEventListener("scroll", leave, true);
    if (!card.hasChildNodes()) await explain(card);
    if (card.isConnected) place(card, ask);
  });
  card.addEventListener("toggle", (event) => event.newState === "open" && place(card, ask));
}

async function explain(card) {
  const answer = await fetch(`${ABOUT}${card.dataset.kind}`).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  // a missing route answers 200 with the index page: only the beginning proves that it is ours
  if (text.startsWith('<div class="explorer-about">')) card.innerHTML = text;
  else card.textContent = "This could not be fetched: is the dashboard still running?";
}

// below its sign, or above where there is more room, and never beyond the window
function place(card, ask) {
  const at = ask.getBoundingClientRect();
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const below = at.bottom + 6;
  const top = below + height <= innerHeight - 8 ? below : Math.max(8, at.top - height - 6);
  card.style.left = `${Math.max(16, Math.min(at.left, innerWidth - width - 16))}px`;
  card.style.top = `${Math.min(top, Math.max(8, innerHeight - height - 8))}px`;
}

export default function ({ parentElement, data, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".explorer-figure");
  const host = root.querySelector(".explorer-chart");
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const state = (host.__explorer ??= { alive: true, drawn: null, figure: null, width: 0 });
  state.click = (event) => {
    const point = event.points?.[0];
    if (point) setTriggerValue("click", { x: point.x, y: point.y, curve: point.curveNumber, at: Date.now() });
  };

  async function draw() {
    const Plotly = await loadPlotly();
    if (!state.alive) return;
    const { figure } = state;
    state.width = host.clientWidth;
    const plain = fitted(untitled(figure.layout), figure.data, host.clientWidth);
    host.style.height = `${plain.height}px`;
    const { description = "", toolbar } = figure.layout.meta ?? {};
    host.setAttribute("aria-label", description);
    host.setAttribute("role", toolbar ? "figure" : "img"); // an image may not hold the toolbar's buttons
    const config = {
      displaylogo: false,
      displayModeBar: toolbar ? "hover" : false,
      modeBarButtons: [[...BUTTONS, { ...KEEP, icon: Plotly.Icons.camera, click: () => download(Plotly, state.figure, host) }]],
    };
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const layout = themed(plain, host);
    if (reduced) layout.transition = { duration: 0 };
    await Plotly.react(host, figure.data, layout, config);
    // the description says it: the words and numbers of a drawing make no sense one by one
    for (const drawing of host.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true");
    if (!state.listening && host.on) {
      state.listening = true;
      host.on("plotly_click", (event) => state.click(event));
    }
  }

  function redraw() {
    state.pending = (state.pending ?? Promise.resolve()).then(draw).catch((error) => {
      console.warn(String(error));
      setStateValue("failed", true);
    });
  }

  const theme = getComputedStyle(host).getPropertyValue("--st-background-color");
  if (text !== state.drawn || theme !== state.theme) {
    state.drawn = text;
    state.theme = theme;
    const cut = text.indexOf("\n"); // the words, then the figure
    state.figure = JSON.parse(text.slice(cut + 1));
    words(root, state.figure.layout.title?.text ?? "", JSON.parse(text.slice(0, cut)));
    redraw();
  }
  // not Plotly's own way to follow the window: the sidebar changes the width too, and with it a picture's height
  state.watching ??= new ResizeObserver(() => state.width && host.clientWidth !== state.width && redraw());
  state.watching.observe(host);

  return () => {
    state.alive = false;
    state.watching.disconnect();
    host.__explorer = undefined;
    if (globalThis.Plotly && host._fullLayout) globalThis.Plotly.purge(host);
  };
}
