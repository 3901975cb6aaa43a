/** `String.fromCharCode` takes so many arguments at once anywhere. */
const piece = 8192;

/** The bytes of an array of numbers as text, which goes into JSON. */
export function toBase64({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return btoa(text);
}

/** The bytes that such a text stands for. */
export function bytesFrom(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** The numbers of 32 bits that such a text stands for. */
export const floatsFrom = (base64) => new Float32Array(bytesFrom(base64).buffer);
