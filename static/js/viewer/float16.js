// Half-precision numbers, as scores travel: two bytes each, little-endian.

/** @type {Float32Array | null} */
let table = null;

/** Every half-precision number, by its bits. */
function lookUp() {
  if (table) return table;
  table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} [offset]  in bytes
 * @returns {Float32Array}
 */
export function decodeFloat16(buffer, offset = 0) {
  const half = lookUp();
  const view = new DataView(buffer, offset);
  const count = view.byteLength >> 1;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 1) out[i] = half[view.getUint16(2 * i, true)];
  return out;
}

/**
 * @param {string} text
 * @returns {ArrayBuffer}
 */
export function fromBase64(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

/**
 * A binary answer: the header's length (uint32), the header (JSON), the float16 matrix.
 * @param {ArrayBuffer} buffer
 * @returns {{header: any, matrix: Float32Array}}
 */
export function decodeAnswer(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, matrix: decodeFloat16(buffer, 4 + length) };
}
