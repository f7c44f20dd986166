// What becomes of a figure's layout on the page: the theme's colours, no title, and a picture's height.
const TITLE = 24; // pixels that a figure keeps free for its title
const LEAST = 60; // pixels that a picture is high

// for a projector the page says how much larger charts and their words are
export const scaleOf = (style) => Number(style.getPropertyValue("--explorer-scale")) || 1;
const WORDS = 12; // pixels of Plotly's own type

export function themed(layout, host) {
  const style = getComputedStyle(host);
  const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const text = colour("--st-text-color", "#1b2430");
  const line = colour("--st-border-color", "#d5dce6");
  const ground = colour("--st-background-color", "#ffffff");
  const dark = isDark(ground);
  const meta = layout.meta ?? {};
  const size = (layout.font?.size ?? WORDS) * scaleOf(style);
  const result = { ...layout, font: { ...(layout.font ?? {}), size, color: text, family: colour("--st-font", "sans-serif") } };
  result.uirevision = layout.uirevision ?? "kept"; // what a person zoomed stays zoomed
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
      const bar = layout[name].colorbar;
      result[name] = { ...layout[name], colorscale: meta.dark_scale };
      if (bar?.title) result[name].colorbar = { ...bar, title: { ...bar.title, text: bar.title.text.replace(", 0 white", ", 0 dark") } };
    }
  }
  return result;
}

const known = new Map(); // colour -> whether it is dark: reading a canvas takes long

function isDark(colour) {
  if (!known.has(colour)) known.set(colour, looksDark(colour));
  return known.get(colour);
}

function looksDark(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

// the title stands above the chart as text: it wraps, and can be read by all
export function untitled(layout) {
  const room = layout.title?.text ? Math.min(TITLE, Math.max(0, layout.margin.t - 6)) : 0;
  return { ...layout, title: {}, height: layout.height - room, margin: { ...layout.margin, t: layout.margin.t - room } };
}

// the traces without the texts above the parts of a picture, where their rows are lower than a text
const TEXT = 10; // pixels
export function legible(traces, layout, width) {
  const { aspect, numbers_above: above } = layout.meta ?? {};
  if (!above || !width) return traces;
  const { l, r, t, b } = layout.margin;
  const across = Math.min(width - l - r, (layout.height - t - b) / aspect); // pixels of the picture
  if (above * (across / columnsOf(traces[0])) >= TEXT) return traces;
  return traces.map((trace) => (trace.mode === "text" ? { ...trace, visible: false } : trace));
}

const columnsOf = ({ z }) => (z.shape ? Number(z.shape.split(",")[1]) : z[0].length);

// a picture as high as its width asks for, so that nothing below it is left empty
export function fitted(given, width, scale = 1) {
  const layout = { ...given, height: Math.round(given.height * scale) };
  const { aspect } = layout.meta ?? {};
  if (!aspect || !width) return layout;
  const { l, r, t, b } = layout.margin;
  const height = t + b + Math.max(LEAST, (width - l - r) * aspect);
  return { ...layout, height: Math.min(layout.height, Math.round(height)) };
}
