// Numbers as coloured cells on a canvas: a whole map, or the part of it around a window.
const MOST = 40; // cells that are drawn side by side
const WITH_NUMBERS = 30; // pixels that a cell needs to hold a number

export function palette(host, scales) {
  const style = getComputedStyle(host);
  const colour = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const ground = colour("--st-background-color", "#ffffff"), text = colour("--st-text-color", "#1b2430");
  const isDark = lightness(ground) < lightness(text);
  const stops = scales[isDark ? "dark" : "light"].map(([place, hex]) => [place, rgb(hex)]);
  return { ground, text, line: colour("--st-border-color", "#d5dce6"), mark: scales.mark, stops };
}

function rgb(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

const lightness = (colour) => bright(rgb(colour));
const bright = ([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue;

// the colour of a signed value between −limit and limit
function shade(stops, value, limit) {
  const place = Math.min(1, Math.max(0, 0.5 + value / (2 * limit)));
  const upper = Math.max(1, stops.findIndex(([at]) => at >= place));
  const [[low, from], [high, to]] = [stops[upper - 1], stops[upper]];
  const share = (place - low) / (high - low);
  return from.map((part, index) => Math.round(part + share * (to[index] - part)));
}

// The first and the last cell of one side that are drawn, with [low, high] among them.
export function part(size, low, high, before) {
  if (size <= MOST) return [0, size];
  if (before && low >= before[0] && high < before[1]) return before; // it moves only when it must
  const first = Math.min(Math.max(0, Math.round((low + high - MOST) / 2)), size - MOST);
  return [first, first + MOST];
}

// Draws cells[first row … last row)[first column … last column). `value` gives a number, or NaN for an empty cell.
export function draw(canvas, colours, { rows, columns, value, limit, hatched = () => false, framed = [], marked = [] }) {
  const width = canvas.clientWidth;
  if (!width) return null;
  const ratio = globalThis.devicePixelRatio || 1, cell = width / (columns[1] - columns[0]), height = cell * (rows[1] - rows[0]);
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const gap = cell > 6 ? 0.5 : 0;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const [x, y] = [(column - columns[0]) * cell, (row - rows[0]) * cell];
      const number = value(row, column), empty = Number.isNaN(number);
      const painted = empty ? null : shade(colours.stops, number, limit);
      pen.fillStyle = empty ? colours.ground : `rgb(${painted.join()})`;
      pen.fillRect(x, y, cell, cell);
      if (empty || gap) outline(pen, x, y, cell, cell, colours.line, gap || 0.25);
      if (hatched(row, column)) hatch(pen, x, y, cell, colours);
      if (!empty && cell >= WITH_NUMBERS) write(pen, short(number), x, y, cell, bright(painted) > 140 ? "#10151d" : "#ffffff");
    }
  }
  const place = ([row, column]) => [(column - columns[0]) * cell, (row - rows[0]) * cell];
  for (const [from, size] of framed) outline(pen, ...place(from), size[1] * cell, size[0] * cell, colours.mark, Math.max(...size) > 1 ? 2 : 1);
  for (const one of marked) outline(pen, ...place(one), cell, cell, colours.mark, cell > 12 ? 3 : 1.5);
  return { cell, rows, columns };
}

function outline(pen, x, y, width, height, colour, thick) {
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
}

function hatch(pen, x, y, cell, colours) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, cell, cell);
  pen.clip();
  pen.globalAlpha = 0.55;
  pen.strokeStyle = colours.text;
  pen.lineWidth = 0.8;
  pen.beginPath();
  for (let at = -cell; at < cell; at += Math.max(3, cell / 4)) {
    pen.moveTo(x + at, y + cell);
    pen.lineTo(x + at + cell, y);
  }
  pen.stroke();
  pen.restore();
}

function write(pen, words, x, y, cell, colour) {
  pen.fillStyle = colour;
  pen.font = `${Math.min(13, cell * 0.3)}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(words, x + cell / 2, y + cell / 2, cell - 4);
}

// three digits or so: the exact numbers stand in the line below
const short = (number) => (number === 0 || Math.abs(number) >= 0.005 ? number.toFixed(Math.abs(number) < 100 ? 2 : 0) : number.toExponential(0));
