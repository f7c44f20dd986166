// Asks for the views again once the run has recorded another step than those that they know, at most once a second.
const PERIOD = 1000;

export default function ({ data, parentElement, setTriggerValue }) {
  const mark = parentElement.querySelector("span");
  clearTimeout(mark.__timer);
  if (data.recorded === data.known || mark.__asked === data.recorded) return;
  const since = performance.now() - (mark.__since ?? -PERIOD);
  mark.__timer = setTimeout(() => {
    mark.__asked = data.recorded;
    mark.__since = performance.now();
    setTriggerValue("recorded", data.recorded);
  }, Math.max(0, PERIOD - since));
}
