import type { Point } from './plotted_run.js';

/** As many as a panel can show apart. */
const mostPoints = 200;

/** Points from left to right, or where there are many, the means of those that lie in equal parts of the axis. */
export function smoothed(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const [first, last] = [points[0]!.x, points.at(-1)!.x];
  const parts: Point[][] = Array.from({ length: mostPoints }, () => []);
  for (const point of points) {
    const part = Math.floor(((point.x - first) / (last - first)) * mostPoints) || 0;
    parts[Math.min(part, mostPoints - 1)]!.push(point);
  }
  return parts.filter(({ length }) => length > 0).map(meanOf);
}

function meanOf(points: readonly Point[]): Point {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}
