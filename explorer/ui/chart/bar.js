// The colour bar below a picture, as HTML: Plotly's own takes as long to draw as the picture.

// the layout without the bar, and the bar: its colours, its name, and its words with their places in 0…1
export function apart(layout) {
  const { coloraxis: axis } = layout;
  const { orientation, title, tickvals, ticktext } = axis?.colorbar ?? {};
  if (!axis?.showscale || orientation !== "h" || !ticktext) return { layout, bar: null };
  const place = (value) => (value - axis.cmin) / (axis.cmax - axis.cmin);
  const words = [...tickvals].map((value, number) => ({ word: ticktext[number], place: place(value) }));
  const bar = { colours: axis.colorscale, name: title?.text ?? "", words };
  return { layout: { ...layout, coloraxis: { ...axis, showscale: false } }, bar };
}

// draws the bar in its element, which lies in the room that the figure keeps below the picture
export function drawBar(element, bar, room) {
  element.hidden = !bar;
  if (!bar) return;
  element.style.marginTop = `-${room}px`;
  element.style.height = `${room}px`;
  const [name, colours, words] = element.children;
  name.textContent = bar.name;
  const stops = bar.colours.map(([place, colour]) => `${colour} ${(100 * place).toFixed(1)}%`);
  colours.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  words.replaceChildren(
    ...bar.words.map(({ word, place }) => {
      const shown = document.createElement("span");
      shown.textContent = word;
      shown.style.left = `${100 * place}%`;
      return shown;
    }),
  );
}
