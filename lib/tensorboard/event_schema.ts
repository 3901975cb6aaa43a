import { Root } from 'protobufjs/light';

/**
 * The part of TensorFlow's published schema (`event.proto`, `summary.proto`, `tensor.proto`) that scalars, pictures and
 * texts need: its message names, its field names, its field numbers. What is one of several is written also when it is zero.
 */

const oneOf = (...names: readonly string[]) => ({ oneof: [...names] });
const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

const eventProto = Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: oneOf('file_version', 'summary', 'session_log') },
      fields: {
        wall_time: optional('double', 1),
        step: optional('int64', 2),
        file_version: optional('string', 3),
        summary: optional('Summary', 5),
        session_log: optional('SessionLog', 7),
      },
    },
    SessionLog: { fields: { status: optional('int32', 1) } },
    Summary: { fields: { value: repeated('Value', 1) } },
    Value: {
      oneofs: { value: oneOf('simple_value', 'image', 'tensor') },
      fields: {
        tag: optional('string', 1),
        simple_value: optional('float', 2),
        image: optional('Image', 4),
        tensor: optional('TensorProto', 8),
        metadata: optional('SummaryMetadata', 9),
      },
    },
    Image: {
      fields: {
        height: optional('int32', 1),
        width: optional('int32', 2),
        colorspace: optional('int32', 3),
        encoded_image_string: optional('bytes', 4),
      },
    },
    SummaryMetadata: { fields: { plugin_data: optional('PluginData', 1) } },
    PluginData: { fields: { plugin_name: optional('string', 1) } },
    TensorProto: {
      fields: {
        dtype: optional('int32', 1),
        tensor_shape: optional('TensorShapeProto', 2),
        string_val: repeated('bytes', 8),
      },
    },
    TensorShapeProto: { fields: { dim: repeated('Dim', 2) } },
    Dim: { fields: { size: optional('int64', 1) } },
  },
}).lookupType('Event');

/** The number of DataType.DT_STRING. */
const textType = 7;
/** The number of SessionLog.START. */
const start = 1;

export type Value = ReturnType<typeof scalar> | ReturnType<typeof image> | ReturnType<typeof text>;

/** What a record holds. */
export interface Event {
  /** Seconds since 1970. */
  readonly wall_time: number;
  readonly step?: number;
  readonly file_version?: string;
  readonly session_log?: { readonly status: typeof start };
  readonly summary?: { readonly value: readonly Value[] };
}

/** Of the log of a session that begins. */
export const sessionStart = { status: start } as const;

/** A number, which is kept as float32. */
export const scalar = (tag: string, simple_value: number) => ({ tag, simple_value });

/** A PNG file, as it is. */
export function image(tag: string, png: Buffer) {
  // The header comes first in every PNG: width and height at 16, the type of the colours at 25, where 0 is grey.
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const colorspace = png[25] === 0 ? 1 : 3;
  return { tag, image: { height, width, colorspace, encoded_image_string: png } };
}

/** Markdown. */
export function text(tag: string, said: string) {
  const tensor = {
    dtype: textType,
    tensor_shape: { dim: [{ size: 1 }] },
    string_val: [Buffer.from(said)],
  };
  return { tag, tensor, metadata: { plugin_data: { plugin_name: 'text' } } };
}

export function encodeEvent(event: Event): Uint8Array {
  return eventProto.encode(event).finish();
}
