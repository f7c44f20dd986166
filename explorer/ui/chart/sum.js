// A convolution's sum, product by product: the arithmetic alone, in double precision and in the order of the weights,
// so that it gives the numbers of SlidingSum.terms.

// A line of JSON, then the padded input (channel, row, column), the kernel (channel, row, column), the output (row, column).
export function read(bytes) {
  const own = bytes.slice(); // numbers must begin at a multiple of their size
  const cut = own.indexOf(10);
  const sum = JSON.parse(new TextDecoder().decode(own.subarray(0, cut)));
  const Numbers = { Float32Array, Float64Array }[sum.array];
  let at = cut + 1;
  for (const [name, shape] of Object.entries(sum.shapes)) {
    const count = shape.reduce((product, size) => product * size, 1);
    sum[name] = new Numbers(own.buffer, at, count);
    at += count * Numbers.BYTES_PER_ELEMENT;
  }
  sum.count = sum.kernel.length; // products of one place
  sum.limits = { padded: largest(sum.padded), kernel: largest(sum.kernel), output: largest(sum.output) };
  return sum;
}

function largest(numbers) {
  let found = 0;
  for (const number of numbers) found = Math.max(found, Math.abs(number));
  return found || 1;
}

// Where a walk over the places is: `done` products of this place are added, and `filled` holds the finished values.
export function begin(sum, [row, column], filled = new Float64Array(sum.output.length).fill(NaN)) {
  return { row, column, done: 0, running: 0, size: 0, filled };
}

// One product of a place: which weight, where the input lies (outside of it: padding), and the numbers.
export function term(sum, { row, column }, number) {
  const [, height, width] = sum.shapes.kernel, [, rows, columns] = sum.shapes.padded;
  const channel = Math.floor(number / (height * width)), u = Math.floor(number / width) % height, v = number % width;
  const tapRow = row * sum.stride[0] + u * sum.dilation[0], tapColumn = column * sum.stride[1] + v * sum.dilation[1];
  const value = sum.padded[(channel * rows + tapRow - sum.firstRow) * columns + tapColumn], weight = sum.kernel[number];
  const inputRow = tapRow - sum.padding[0], inputColumn = tapColumn - sum.padding[1];
  const isPadding = !isWithin(sum, inputRow, inputColumn);
  return { channel, u, v, tapRow, tapColumn, inputRow, inputColumn, isPadding, value, weight, product: value * weight };
}

export function isWithin(sum, row, column) {
  return row >= 0 && row < sum.inputSize[0] && column >= 0 && column < sum.inputSize[1];
}

export const isComplete = (sum, walk) => walk.done === sum.count;

export function addProduct(sum, walk) {
  const { product } = term(sum, walk, walk.done);
  walk.running += product;
  walk.size += Math.abs(product);
  walk.done += 1;
  if (isComplete(sum, walk)) walk.filled[indexOf(sum, walk)] = walk.running + sum.bias;
}

export function addAll(sum, walk) {
  while (!isComplete(sum, walk)) addProduct(sum, walk);
}

const indexOf = (sum, { row, column }) => row * sum.shapes.output[1] + column;

export const ownValue = (sum, walk) => sum.output[indexOf(sum, walk)];

// The next place, row by row; null after the last.
export function next(sum, walk) {
  const last = walk.column + 1 === sum.shapes.output[1];
  const place = last ? [walk.row + 1, 0] : [walk.row, walk.column + 1];
  return place[0] < sum.rows[1] ? begin(sum, place, walk.filled) : null;
}

// Whether rounding can explain the difference to PyTorch's own value; the bound is that of inspection/arithmetic.py.
export function isRounding(sum, walk) {
  const own = ownValue(sum, walk), total = walk.running + sum.bias;
  return Math.abs(own - total) <= (sum.count + 8) * sum.precision * (walk.size + Math.abs(sum.bias) + Math.abs(own));
}
