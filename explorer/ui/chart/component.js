// Redraws one Plotly chart in place: no remount, no flicker, and the zoom survives new data.
// all that a keyboard needs, and few stops on its way; Plotly's own choice would also send charts to its cloud
const BUTTONS = ["zoomIn2d", "zoomOut2d", "resetScale2d"];
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
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const state = (host.__explorer ??= { alive: true, sent: null, figure: null, width: 0 });
  state.click = (event) => {
    const point = event.points?.[0];
    if (point) setTriggerValue("click", { x: point.x, y: point.y, curve: point.curveNumber, at: Date.now() });
  };

  function sized() {
    state.width = host.clientWidth;
    const layout = fitted(untitled(state.figure.layout), state.figure.data, state.width);
    host.style.height = `${layout.height}px`;
    return layout;
  }

  async function draw() {
    const Plotly = await loadPlotly();
    if (!state.alive) return;
    const { data: traces, layout: { meta } } = state.figure;
    const layout = themed(sized(), host);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) layout.transition = { duration: 0 };
    const keep = { ...KEEP, icon: Plotly.Icons.camera, click: () => download(Plotly, state.figure, host) };
    await Plotly.react(host, traces, layout, {
      displaylogo: false,
      displayModeBar: meta?.toolbar ? "hover" : false,
      modeBarButtons: [[...BUTTONS, keep]],
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

  const theme = getComputedStyle(host).getPropertyValue("--st-background-color");
  if (text !== state.sent || theme !== state.theme) {
    Object.assign(state, { sent: text, theme });
    const cut = text.indexOf("\n"); // the words, then the figure
    state.figure = JSON.parse(text.slice(cut + 1));
    const { title, meta } = state.figure.layout;
    words(root, title?.text ?? "", JSON.parse(text.slice(0, cut)));
    host.setAttribute("aria-label", meta?.description ?? "");
    host.setAttribute("role", meta?.toolbar ? "figure" : "img"); // an image may not hold the toolbar's buttons
    sized(); // before it is drawn: what stands below keeps its place
    redraw();
  }
  // not Plotly's own way to follow the window: the sidebar changes the width too, and with it a picture's height
  state.watching ??= new ResizeObserver(() => host.clientWidth !== state.width && redraw());
  state.watching.observe(host);

  return () => {
    state.alive = false;
    state.watching.disconnect();
    host.__explorer = undefined;
    if (globalThis.Plotly && host._fullLayout) globalThis.Plotly.purge(host);
  };
}
