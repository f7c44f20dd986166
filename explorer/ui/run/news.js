// Asks for the views again once the run has recorded another step than they know, at most once a second; where nothing
// comes of it, for a press or another page may have taken its place, it asks again, and waits twice as long each time.
const PERIOD = 1000, AGAIN = 3000;

export default function ({ data, parentElement, setTriggerValue }) {
  const mark = parentElement.querySelector("span");
  clearTimeout(mark.__timer);
  if (data.recorded === data.known) return;
  const isAsked = mark.__asked === data.recorded;
  const ask = () => {
    if (!mark.isConnected) return;
    mark.__again = mark.__asked === data.recorded ? 2 * mark.__again : AGAIN;
    mark.__asked = data.recorded;
    mark.__since = performance.now();
    mark.__timer = setTimeout(ask, mark.__again);
    setTriggerValue("recorded", data.recorded);
  };
  const since = performance.now() - (mark.__since ?? -PERIOD);
  mark.__timer = setTimeout(ask, Math.max(0, (isAsked ? mark.__again : PERIOD) - since));
}
