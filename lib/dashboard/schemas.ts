import * as v from 'valibot';
import { HttpError } from './http_error.js';

export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const seed = whole(0, Number.MAX_SAFE_INTEGER);

/** A file of the run; null for the newest checkpoint. */
export const checkpointFile = v.nullable(v.pipe(v.string(), v.regex(/^checkpoints\/[\w-]+\.safetensors$/)));

/** Checks what a page asks for. @throws HttpError 400. */
export function checkedBody<const S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, body);
  if (success) return output;
  throw new HttpError(400, `What is asked for is wrong: ${issues[0].message}.`);
}
