/**
 * Palette of a picture by Wu's variance quantiser (Xiaolin Wu, "Efficient Statistical Computations for Optimal Color
 * Quantization", Graphics Gems II, 1991): boxes of the colour cube are cut where the sum of squared errors falls most.
 */

const BITS = 5;
const LEVELS = 1 << BITS;
/** Level 0 of each axis is the empty border of the cumulative sums. */
const SIDE = LEVELS + 1;
const RED_STEP = SIDE * SIDE;
const GREEN_STEP = SIDE;

/** Sums over a picture's colours; after `accumulate`, each entry is the sum over all colours up to it. */
interface Moments {
  readonly count: Float64Array;
  readonly red: Float64Array;
  readonly green: Float64Array;
  readonly blue: Float64Array;
  readonly squares: Float64Array;
}

/** Exclusive lower and inclusive upper bounds: red, green, blue. */
type Box = [number, number, number, number, number, number];

/** At most `colours` colours, `R G B` each. Every `step`-th pixel of `rgb` is looked at. */
export function quantiseByVariance(
  rgb: Uint8Array,
  options: { colours: number; step: number },
): Uint8Array {
  const moments = collect(rgb, options.step);
  for (const sums of Object.values(moments)) accumulate(sums);
  const boxes = cut(moments, options.colours);
  const palette = new Uint8Array(boxes.length * 3);
  boxes.forEach((box, index) => {
    const count = total(box, moments.count) || 1;
    palette[3 * index] = Math.round(total(box, moments.red) / count);
    palette[3 * index + 1] = Math.round(total(box, moments.green) / count);
    palette[3 * index + 2] = Math.round(total(box, moments.blue) / count);
  });
  return palette;
}

function collect(rgb: Uint8Array, step: number): Moments {
  const size = SIDE * SIDE * SIDE;
  const moments: Moments = {
    count: new Float64Array(size),
    red: new Float64Array(size),
    green: new Float64Array(size),
    blue: new Float64Array(size),
    squares: new Float64Array(size),
  };
  for (let at = 0; at + 2 < rgb.length; at += 3 * step) {
    const red = rgb[at];
    const green = rgb[at + 1];
    const blue = rgb[at + 2];
    const cell = ((red >> 3) + 1) * RED_STEP + ((green >> 3) + 1) * GREEN_STEP + (blue >> 3) + 1;
    moments.count[cell]++;
    moments.red[cell] += red;
    moments.green[cell] += green;
    moments.blue[cell] += blue;
    moments.squares[cell] += red * red + green * green + blue * blue;
  }
  return moments;
}

/** Turns a histogram into cumulative sums, in place. */
function accumulate(sums: Float64Array): void {
  const area = new Float64Array(SIDE);
  for (let red = 1; red < SIDE; red++) {
    area.fill(0);
    for (let green = 1; green < SIDE; green++) {
      let line = 0;
      for (let blue = 1; blue < SIDE; blue++) {
        const cell = red * RED_STEP + green * GREEN_STEP + blue;
        line += sums[cell];
        area[blue] += line;
        sums[cell] = sums[cell - RED_STEP] + area[blue];
      }
    }
  }
}

function total(box: Box, sums: Float64Array): number {
  const lowRed = box[0] * RED_STEP;
  const highRed = box[1] * RED_STEP;
  const lowGreen = box[2] * GREEN_STEP;
  const highGreen = box[3] * GREEN_STEP;
  return sums[highRed + highGreen + box[5]] - sums[highRed + highGreen + box[4]] -
    sums[highRed + lowGreen + box[5]] + sums[highRed + lowGreen + box[4]] -
    sums[lowRed + highGreen + box[5]] + sums[lowRed + highGreen + box[4]] +
    sums[lowRed + lowGreen + box[5]] - sums[lowRed + lowGreen + box[4]];
}

/** Squared error of showing the whole box in its mean colour. A box of a single level cannot be cut any more: 0. */
function errorOf(box: Box, moments: Moments): number {
  const isSingle = box[1] - box[0] === 1 && box[3] - box[2] === 1 && box[5] - box[4] === 1;
  const count = total(box, moments.count);
  if (isSingle || count === 0) return 0;
  const mean = explained(
    total(box, moments.red),
    total(box, moments.green),
    total(box, moments.blue),
    count,
  );
  return total(box, moments.squares) - mean;
}

function cut(moments: Moments, colours: number): Box[] {
  const boxes: Box[] = [[0, LEVELS, 0, LEVELS, 0, LEVELS]];
  const errors = [Infinity];
  while (boxes.length < colours) {
    let worst = 0;
    for (let i = 1; i < boxes.length; i++) if (errors[i] > errors[worst]) worst = i;
    if (errors[worst] <= 0) break;
    const halves = halve(boxes[worst], moments);
    if (halves === undefined) {
      errors[worst] = 0;
      continue;
    }
    boxes[worst] = halves[0];
    errors[worst] = errorOf(halves[0], moments);
    boxes.push(halves[1]);
    errors.push(errorOf(halves[1], moments));
  }
  return boxes;
}

/** The best cut over all three axes, or undefined when all its pixels have the same level. */
function halve(box: Box, moments: Moments): [Box, Box] | undefined {
  const count = total(box, moments.count);
  const red = total(box, moments.red);
  const green = total(box, moments.green);
  const blue = total(box, moments.blue);
  // The lower half while the cut moves; the upper half is the rest. This loop is most of the time of a palette.
  const lower: Box = [...box];
  let best = 0;
  let bestAxis = -1;
  let bestLevel = 0;
  for (let axis = 0; axis < 3; axis++) {
    const end = box[2 * axis + 1];
    for (let level = box[2 * axis] + 1; level < end; level++) {
      lower[2 * axis + 1] = level;
      const lowerCount = total(lower, moments.count);
      const upperCount = count - lowerCount;
      if (lowerCount === 0 || upperCount === 0) continue;
      const lowerRed = total(lower, moments.red);
      const lowerGreen = total(lower, moments.green);
      const lowerBlue = total(lower, moments.blue);
      const score = explained(lowerRed, lowerGreen, lowerBlue, lowerCount) +
        explained(red - lowerRed, green - lowerGreen, blue - lowerBlue, upperCount);
      if (score > best) {
        best = score;
        bestAxis = axis;
        bestLevel = level;
      }
    }
    lower[2 * axis + 1] = end;
  }
  if (bestAxis < 0) return undefined;
  const upper: Box = [...box];
  lower[2 * bestAxis + 1] = bestLevel;
  upper[2 * bestAxis] = bestLevel;
  return [lower, upper];
}

/** The part of the squares that the mean explains: the larger the sum over both halves, the better the cut. */
function explained(red: number, green: number, blue: number, count: number): number {
  return (red * red + green * green + blue * blue) / count;
}
