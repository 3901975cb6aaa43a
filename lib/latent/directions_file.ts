import * as v from 'valibot';
import { encodeSafetensors } from '../checkpoint/safetensors.js';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { reportedStrengths } from './direction_report.js';
import type { Direction, Directions } from './directions.js';
import { decodeFormat, readSmallFile } from './small_file.js';
import { normOf } from './vectors.js';

/** What the directions of a checkpoint are called, where they are looked for beside it. */
export const directionsName = 'directions.safetensors';

const format = 'dcgan-native-directions';
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const reportSchema = v.strictObject({
  measure: v.string(),
  latents: v.number(),
  means: v.pipe(v.array(v.number()), v.length(reportedStrengths.length)),
  spread: v.number(),
  monotone: share,
  classStays: v.nullable(share),
});
const metadataSchema = v.object({
  format: v.literal(format),
  format_version: v.literal('1'),
  generator: v.string(),
  reports: v.pipe(v.string(), v.parseJson(), v.record(v.string(), reportSchema)),
});

const remedy = 'Make one: npx dcgan-native directions find.';
const known = { kind: 'directions', remedy };

/**
 * Writes directions by their names, whole or not at all.
 * @throws DcganError ERR_OUTPUT; ERR_SHAPE where one has another length.
 * @example
 * await writeDirections('runs/0001/directions.safetensors', await generator.directions());
 */
export async function writeDirections(path: string, saved: Directions): Promise<void> {
  const { generator, latentSize, directions } = saved;
  const reports = Object.fromEntries(
    directions.flatMap(({ name, report }) => (report ? [[name, report]] : [])),
  );
  const metadata = { format, format_version: '1', generator, reports: JSON.stringify(reports) };
  const tensors = directions.map(
    ({ name, vector }) => [name, { data: vector, shape: [latentSize] }] as const,
  );
  await writeFileAtomically(path, encodeSafetensors(Object.fromEntries(tensors), metadata));
}

/**
 * Reads directions that `writeDirections` has written.
 * @throws DcganError ERR_LATENTS when there are none, or the file is damaged or of another kind.
 * @example
 * const { directions } = await readDirections('runs/0001/directions.safetensors');
 * for (const { name, report } of directions) console.log(name, report?.means);
 */
export async function readDirections(path: string): Promise<Directions> {
  return readSmallFile(path, known, (bytes) => {
    const { metadata, state } = decodeFormat(bytes, format, metadataSchema);
    const { generator, reports } = metadata;
    const directions = Object.entries(state).map(([name, { data, shape }]): Direction => {
      const isUnit = shape.length === 1 && Math.abs(normOf(data) - 1) < 1e-3;
      if (!isUnit) throw new Error(`its '${name}' is no vector of length 1`);
      return { name, vector: data.slice(), report: Object.hasOwn(reports, name) ? reports[name]! : null };
    });
    const latentSize = directions[0]?.vector.length ?? 0;
    if (directions.some(({ vector }) => vector.length !== latentSize)) {
      throw new Error('its directions are of several spaces');
    }
    return { generator, latentSize, directions };
  });
}

/**
 * The direction of that name, for this generator.
 * @throws DcganError ERR_LATENTS where they are of another one, or none is called so.
 */
export function directionIn(path: string, saved: Directions, name: string, generator: string): Direction {
  const refuse = (said: string) => new DcganError('ERR_LATENTS', said, { value: path });
  if (saved.generator !== generator) {
    throw refuse(
      `The directions in ${path} are of another generator, perhaps of an earlier checkpoint, and mean nothing here. Make them anew: npx dcgan-native directions find.`,
    );
  }
  const found = saved.directions.find((direction) => direction.name === name);
  if (found) return found;
  const names = saved.directions.map((direction) => direction.name).join(', ');
  throw refuse(
    `There is no direction '${name}' in ${path}, but ${names || 'none at all'}. Take one of these, or find it.`,
  );
}
