import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import protobuf = require('protobufjs');

import { crc32c } from '../../lib/tensorboard/crc32c.js';

/** As TensorFlow publishes it, shortened to what is read here. */
const { root } = protobuf.parse(
  `syntax = "proto3";
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1; string checkpoint_path = 2; string msg = 3;
  }
  message TensorShapeProto { message Dim { int64 size = 1; string name = 2; } repeated Dim dim = 2; }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated bytes string_val = 8; }
  message SummaryMetadata {
    message PluginData { string plugin_name = 1; bytes content = 2; }
    PluginData plugin_data = 1; string display_name = 2;
  }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value {
      string tag = 1;
      oneof value { float simple_value = 2; Image image = 4; TensorProto tensor = 8; }
      SummaryMetadata metadata = 9;
    }
    repeated Value value = 1;
  }
  message Event {
    double wall_time = 1; int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
  }`,
  { keepCase: true },
);

interface ReadImage {
  readonly width: number;
  readonly height: number;
  readonly colorspace: number;
  readonly encoded_image_string: Buffer;
}

interface ReadValue {
  readonly tag: string;
  readonly simple_value?: number;
  readonly image?: ReadImage;
  readonly tensor?: { readonly dtype: number; readonly string_val: readonly Buffer[] };
  readonly metadata?: { readonly plugin_data: { readonly plugin_name: string } };
}

export interface ReadEvent {
  readonly wall_time: number;
  readonly step: number;
  readonly file_version?: string;
  readonly session_log?: { readonly status: string };
  readonly summary?: { readonly value: readonly ReadValue[] };
}

/** What the records of a file hold. @throws where a sum is wrong, or the last record is not whole. */
export function recordsIn(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    const sums = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12 + length)].map(unmasked);
    expect(sums).toEqual([crc32c(bytes.subarray(at, at + 8)), crc32c(data)]);
    records.push(data);
    at += length + 16;
  }
  return records;
}

function unmasked(sum: number): number {
  const rotated = (sum - 0xa282ead8) >>> 0;
  return ((rotated << 15) | (rotated >>> 17)) >>> 0;
}

export const eventFilesIn = (directory: string): string[] => readdirSync(directory).sort();

export function eventsOf(file: string): ReadEvent[] {
  const type = root.lookupType('Event');
  return recordsIn(readFileSync(file)).map(
    (data) => type.toObject(type.decode(data), { longs: Number, enums: String }) as ReadEvent,
  );
}

/** Of all files of a directory, in their order. */
export const eventsIn = (directory: string): ReadEvent[] =>
  eventFilesIn(directory).flatMap((name) => eventsOf(join(directory, name)));

/** `[step, tag, value]` of every scalar. */
export const scalarsOf = (events: readonly ReadEvent[]) =>
  valuesOf(events).flatMap(({ step, value: { tag, simple_value } }) =>
    simple_value === undefined ? [] : [[step, tag, simple_value] as const],
  );

export const imagesOf = (events: readonly ReadEvent[]) =>
  valuesOf(events).flatMap(({ step, value: { tag, image } }) => (image ? [{ step, tag, image }] : []));

/** `[step, tag, text]` of every text. */
export const textsOf = (events: readonly ReadEvent[]) =>
  valuesOf(events).flatMap(({ step, value: { tag, tensor } }) =>
    tensor ? [[step, tag, String(tensor.string_val[0])] as const] : [],
  );

const valuesOf = (events: readonly ReadEvent[]) =>
  events.flatMap(({ step, summary }) => summary?.value.map((value) => ({ step, value })) ?? []);
