// Draws the frames of a film in the visitor's browser, where Plotly and the theme are, and sends them as PNG.
const FOLDER = __FOLDER__;
const [WIDTH, GAP, TITLE, HEAD] = [960, 16, 22, 58]; // pixels: of a frame, between charts, of a title, of the step
const MOST = 20e6; // characters: the server takes no longer message
const SVG = "http://www.w3.org/2000/svg";
const FONT = "sans-serif"; // the page's own font is not known inside a picture

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer-camera");
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const state = (root.__explorer ??= { alive: true, text: null });
  state.send = setTriggerValue;
  if (state.text !== text) {
    state.text = text;
    record(root, JSON.parse(text), () => state.alive && state.text === text).then(
      (frames) => frames && state.send("taken", { frames }),
      (error) => state.alive && state.send("failed", String(error.message ?? error)),
    );
  }
  return () => {
    state.alive = false;
    root.__explorer = undefined;
  };
}

async function record(root, film, wanted) {
  const [{ loadPlotly }, drawing] = await Promise.all([import(`${FOLDER}drawing.js`), import(`${FOLDER}layout.js`)]);
  const Plotly = await loadPlotly();
  const stage = document.body.appendChild(document.createElement("div"));
  stage.style.cssText = "position: fixed; left: -20000px; top: 0";
  stage.setAttribute("aria-hidden", "true");
  try {
    return await shoot(Plotly, root, film, wanted, stage, drawing);
  } finally {
    for (const host of stage.children) Plotly.purge(host);
    stage.remove();
  }
}

async function shoot(Plotly, root, film, wanted, stage, { fitted, themed, untitled }) {
  const [said, bar] = [root.querySelector(".explorer-camera-said"), root.querySelector("progress")];
  const charts = film.reels.map((reel) => {
    const width = Math.round(reel.share * (WIDTH + GAP) - GAP);
    const shown = reel.figures.map(({ data, layout }) => ({ data, title: layout.title?.text ?? "", layout: fitted(untitled(layout), width) }));
    const height = Math.max(...shown.map(({ layout }) => layout.height));
    const host = stage.appendChild(document.createElement("div"));
    host.style.cssText = `contain: strict; width: ${width}px; height: ${height}px`; // the page is not laid out anew for it
    return { reel, shown, host, width, height, drawn: null };
  });
  const height = place(charts);
  const frames = [];
  let length = 0;
  for (let number = 0; number < film.steps.length; number++) {
    if (!wanted()) return null;
    said.textContent = `Your browser draws step ${number + 1} of ${film.steps.length} …`;
    bar.value = number / film.steps.length;
    for (const chart of charts) {
      const figure = chart.reel.frames[number]?.[0] ?? null;
      if (figure === null || figure === chart.drawn) continue;
      const { data, layout } = chart.shown[figure];
      const drawn = themed({ ...layout, width: chart.width, transition: undefined }, root);
      await Plotly.react(chart.host, data, { ...drawn, font: { ...drawn.font, family: FONT } }, { displayModeBar: false, staticPlot: true });
      chart.drawn = figure;
    }
    frames.push(encoded(await photograph(root, film, charts, number, height))); // while the next one is drawn
    length += (await frames.at(-2) ?? "").length;
    if (length > MOST) throw new Error(`The first ${number + 1} of ${film.steps.length} frames have ${Math.round(length / 1e6)} MB, more than the server takes. Make the HTML file.`);
    await new Promise((resolve) => setTimeout(resolve)); // the page goes on in between
  }
  bar.value = 1;
  said.textContent = "The server joins the frames …";
  return Promise.all(frames);
}

// row by row, as on the page; the height of all
function place(charts) {
  let [x, y, row] = [0, HEAD, 0];
  for (const chart of charts) {
    if (x && x + chart.width > WIDTH + 1) [x, y, row] = [0, y + row + GAP, 0];
    Object.assign(chart, { x, y });
    x += chart.width + GAP;
    row = Math.max(row, TITLE + chart.height);
  }
  return y + row + GAP;
}

// all charts as one drawing, and that on a canvas: far faster than one picture a chart
async function photograph(root, film, charts, number, height) {
  const style = getComputedStyle(root);
  const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const ink = colour("--st-text-color", "#1b2430");
  const sheet = element("svg", { width: WIDTH, height });
  sheet.append(element("rect", { width: WIDTH, height, fill: colour("--st-background-color", "#ffffff") }));
  const write = (words, x, y, size, weight = 400) =>
    sheet.append(element("text", { x, y, fill: ink, "font-family": FONT, "font-size": size, "font-weight": weight }, words));
  write(`${film.view} at step ${film.steps[number].toLocaleString("en")} of ${film.steps.at(-1).toLocaleString("en")}`, 8, 24, 19, 600);
  write(film.title, 8, 43, 13);
  for (const { reel, shown, host, x, y } of charts) {
    if (!reel.frames[number]) continue;
    write(shown[reel.frames[number][0]].title, x + 8, y + 15, 14);
    for (const drawing of host.querySelectorAll(".main-svg")) {
      const copy = drawing.cloneNode(true);
      copy.removeAttribute("style"); // on the page it lies above the others
      copy.setAttribute("x", x);
      copy.setAttribute("y", y + TITLE);
      sheet.append(copy);
    }
  }
  const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(sheet)], { type: "image/svg+xml" }));
  try {
    const picture = Object.assign(new Image(), { src: address });
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function encoded(canvas) {
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(picture);
  });
}

function element(name, attributes, words = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = words;
  return made;
}
