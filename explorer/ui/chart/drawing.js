// Plotly's script, loaded once for all charts, and the turns in which they are drawn.
const SCRIPT = "__PLOTLY_ROUTE__";
const shared = (globalThis.__explorerCharts ??= { plotly: null, waiting: new Map(), drawing: false });

function loadPlotly() {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  shared.plotly ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = SCRIPT;
    // a missing route answers 200 with the index page: only the global proves that it is Plotly
    tag.onload = () => (globalThis.Plotly ? resolve(globalThis.Plotly) : reject(new Error("no Plotly there")));
    tag.onerror = () => reject(new Error("Plotly could not be loaded"));
    document.head.appendChild(tag);
  });
  return shared.plotly;
}

// One chart after the other, those that are seen first, and the page goes on in between. A chart that is asked to be
// drawn again before its turn came is drawn once, as it was asked last.
function drawInTurn(host, draw) {
  shared.waiting.set(host, draw);
  if (!shared.drawing) takeTurns();
}

async function takeTurns() {
  shared.drawing = true;
  while (shared.waiting.size) {
    await new Promise((resolve) => setTimeout(resolve));
    const hosts = [...shared.waiting.keys()];
    const next = hosts.find(isSeen) ?? hosts[0];
    const draw = shared.waiting.get(next);
    shared.waiting.delete(next);
    if (draw) await draw();
  }
  shared.drawing = false;
}

function isSeen(host) {
  const { top, bottom } = host.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
