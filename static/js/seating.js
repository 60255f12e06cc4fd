// Where things stand on the felt, in percent of the stage. Pure geometry.
// Place 0 is the viewer's own, bottom centre; the others follow clockwise.

const LANDSCAPE = { rx: 42.5, ry: 37, cx: 50, cy: 48.5, bend: 2.6 };
const PORTRAIT = { rx: 37.5, ry: 38.5, cx: 50, cy: 48, bend: 3.2 };

const power = (value, exponent) => Math.sign(value) * Math.abs(value) ** exponent;

function onOval(angle, { rx, ry, cx, cy, bend }) {
  return {
    x: cx + rx * power(Math.cos(angle), 2 / bend),
    y: cy + ry * power(Math.sin(angle), 2 / bend),
  };
}

function sampled(shape, steps = 720) {
  const points = [];
  let length = 0;
  for (let step = 0; step <= steps; step += 1) {
    const point = onOval(Math.PI / 2 + (2 * Math.PI * step) / steps, shape);
    const last = points.at(-1);
    if (last) length += Math.hypot((point.x - last.x) * shape.aspect, point.y - last.y);
    points.push({ ...point, length });
  }
  return points;
}

/** Return the places of `count` seats: [{x, y}], evenly spaced along the rail. */
export function places(count, isPortrait) {
  const shape = { ...(isPortrait ? PORTRAIT : LANDSCAPE), aspect: isPortrait ? 0.62 : 1.7 };
  const points = sampled(shape);
  const total = points.at(-1).length;
  return Array.from({ length: count }, (_, index) => {
    const { x, y } = points.find((point) => point.length >= (total * index) / count - 1e-9);
    return { x, y };
  });
}

/**
 * Return how far from a place its bet lies, in units of the stage: {x, y}.
 * On a tall table the side seats bet sideways, because above and below them is the board.
 */
export function betOffset(place, isPortrait, isOwn) {
  const [dx, dy] = [50 - place.x, 47 - place.y];
  const across = Math.sign(dx) || 1;
  const down = Math.sign(dy) || 1;
  if (isPortrait) {
    return Math.abs(dx) > 20 ? { x: 12.2 * across, y: 0 } : { x: 0, y: (isOwn ? 15.6 : 10.6) * down };
  }
  const share = Math.min(1, Math.abs(dx) / 42);
  const steep = Math.min(1, Math.abs(dy) / 24);
  return { x: 11.5 * share ** 1.4 * across, y: (isOwn ? 12.6 : 9.6) * steep * down };
}

/** Return where the dealer button lies, in units from the place. */
export function buttonOffset(place, isPortrait, isOwn) {
  const across = Math.sign(50 - place.x) || 1;
  if (isOwn) return { x: isPortrait ? 13 : 10.5, y: 0.5 };
  const isTop = place.y < 25;
  if (isTop && Math.abs(50 - place.x) < 25) return { x: 8.4, y: 3 };
  return { x: (isPortrait ? 7.6 : 8) * across, y: isPortrait ? -4.4 : -3.6 };
}

/** Half the sizes of what may lie before a seat, and what the board takes on a tall table, in units. */
export const BET = { x: 5.6, y: 1.9 };
export const BUTTON = { x: 1.6, y: 1.6 };
const BOARD = { x: 50, y: 46, wide: { x: 19.2, y: 5.2 }, crowded: { x: 16.6, y: 4.6 } };

/**
 * Return an offset moved up or down so far that what lies there is clear of a tall table's board.
 * half: half its size; stage: {width, height, isCrowded}, the table's size in units.
 */
export function clearOfBoard(place, offset, half, stage, isDown) {
  const board = stage.isCrowded ? BOARD.crowded : BOARD.wide;
  const x = ((place.x - BOARD.x) / 100) * stage.width + offset.x;
  const y = ((place.y - BOARD.y) / 100) * stage.height + offset.y;
  const room = board.y + half.y;
  if (Math.abs(x) >= board.x + half.x || Math.abs(y) >= room) return offset;
  return { x: offset.x, y: offset.y - y + (isDown ? room : -room) };
}

/** Return the place number of a seat when `own` (or null) sits at the bottom. */
export function placeOf(seat, own, count) {
  return (((seat - (own ?? 0)) % count) + count) % count;
}
