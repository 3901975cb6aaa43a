import { crc32c } from '../../lib/tensorboard/crc32c.js';

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

// Those of RFC 3720, B.4, and the check value of the catalogues.
test.each([
  ['nothing', new Uint8Array(), 0],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 … 31', ascending, 0x46dd794e],
  ['31 … 0', ascending.slice().reverse(), 0x113fdb5c],
  ['the digits 1 … 9', Buffer.from('123456789'), 0xe3069283],
])('the CRC-32C of %s is the published one', (_, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
});
