// CRC-32 as zips have it.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Return the CRC-32 of bytes, from 0 to 2^32 - 1. */
export function crc32(data: Uint8Array): number {
  let value = 0xffffffff;
  for (let at = 0; at < data.length; at++) value = (value >>> 8) ^ TABLE[(value ^ data[at]!) & 0xff]!;
  return (value ^ 0xffffffff) >>> 0;
}
