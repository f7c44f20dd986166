// Plays a film: the slider, the button and the charts of one step at a time. layout.js stands before it.
const film = JSON.parse(document.getElementById("film").textContent);
const [play, slider, shown, speed] = [".play", ".step", ".shown", ".speed"].map((name) => document.querySelector(name));
document.querySelector("h1").textContent = film.view;
document.querySelector(".run").textContent = film.title;
slider.max = film.steps.length - 1;

const charts = film.reels.map((reel) => {
  const figure = document.createElement("figure");
  figure.style.setProperty("--share", reel.share);
  const [title, host, reading] = ["figcaption", "div", "p"].map((name) => figure.appendChild(document.createElement(name)));
  document.querySelector("main").append(figure);
  return { reel, figure, title, host, reading };
});

let wanted = 0;
let drawing = false;
let timer = 0;

async function drawChart({ reel, figure, title, host, reading }, number) {
  const frame = reel.frames[number];
  figure.hidden = !frame;
  if (!frame) return;
  const { data, layout } = reel.figures[frame[0]];
  title.textContent = layout.title?.text ?? "";
  reading.textContent = reel.readings[frame[1]];
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", layout.meta?.description ?? title.textContent);
  const width = host.clientWidth;
  const drawn = { ...themed(fitted(untitled(layout), width), host), width, transition: undefined };
  await Plotly.react(host, data, drawn, { displayModeBar: false });
}

// while one step is drawn, only the last of those asked for meanwhile is remembered
async function show(number) {
  wanted = number;
  slider.value = number;
  const words = `Step ${film.steps[number].toLocaleString("en")} of ${film.steps.at(-1).toLocaleString("en")}`;
  shown.textContent = words;
  slider.setAttribute("aria-valuetext", words);
  if (drawing) return;
  drawing = true;
  for (let done = -1; done !== wanted; ) {
    done = wanted;
    for (const chart of charts) await drawChart(chart, done);
    document.documentElement.dataset.drawn = done;
  }
  drawing = false;
}

function pause() {
  clearTimeout(timer);
  timer = 0;
  play.textContent = "Play";
}

function next() {
  if (!drawing) show(wanted + 1);
  if (wanted === film.steps.length - 1) pause();
  else timer = setTimeout(next, 1000 / Number(speed.value));
}

play.addEventListener("click", () => {
  if (timer) return pause();
  play.textContent = "Pause";
  if (wanted === film.steps.length - 1) show(0);
  timer = setTimeout(next, 1000 / Number(speed.value));
});
slider.addEventListener("input", () => {
  pause();
  show(Number(slider.value));
});
const redraw = () => show(wanted);
addEventListener("resize", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
show(film.steps.length - 1);
