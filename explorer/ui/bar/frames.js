// Hands the frames that the server sends to the page's charts, and the page's wishes for more to the server.
const shown = import(__FOLDER__ + "shown.js").catch(() => null);

export default function ({ data, setTriggerValue }) {
  const answer = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
  shown.then((module) => module?.take(answer, (wish) => setTriggerValue("wish", wish)));
  return () => shown.then((module) => module?.close());
}
