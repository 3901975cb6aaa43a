import { crc32c } from './crc32c.js';

const lengthSize = 8;
const sumSize = 4;

/**
 * A record of a TFRecord file: the length as u64 and its sum, the data and their sum, little-endian. A reader that comes upon
 * half of it waits for the rest.
 */
export function record(data: Uint8Array): Buffer {
  const begin = lengthSize + sumSize;
  const whole = Buffer.alloc(begin + data.length + sumSize);
  whole.writeBigUInt64LE(BigInt(data.length));
  whole.writeUInt32LE(maskedSum(whole.subarray(0, lengthSize)), lengthSize);
  whole.set(data, begin);
  whole.writeUInt32LE(maskedSum(data), begin + data.length);
  return whole;
}

/** Masked, because the sum of bytes that hold their own sum says little. */
function maskedSum(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
