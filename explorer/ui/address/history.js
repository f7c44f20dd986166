// One entry in the browser's history for each thing a person does, and none for what the page does by itself.
//
// Streamlit replaces the address when a widget changes, so that Back leaves the page, and adds an entry whenever the
// server writes the address, so that Back seems to do nothing. Here the first change of the address after a click or a
// key adds an entry, and every further one replaces it.
const TYPING = 1500; // milliseconds: keys in the same control that follow each other faster are one act

export default function () {
  const history = globalThis.history;
  if (history.explorerActs) return;
  history.explorerActs = true;
  const add = history.pushState.bind(history), replace = history.replaceState.bind(history);
  let acted = false, control = null, changed = -Infinity; // the control that changed the address last, and when

  addEventListener("pointerdown", () => { acted = true; control = null; }, true);
  addEventListener("keydown", event => {
    acted = acted || event.target !== control || event.timeStamp - changed > TYPING;
    control = event.target;
  }, true);
  addEventListener("popstate", () => { acted = false; control = null; }, true);

  const write = (state, unused, address) => {
    const moves = address !== undefined && address !== null && new URL(address, location.href).href !== location.href;
    (acted && moves ? add : replace)(state, unused, address);
    if (moves) { acted = false; changed = performance.now(); }
  };
  history.pushState = write;
  history.replaceState = write;
}
