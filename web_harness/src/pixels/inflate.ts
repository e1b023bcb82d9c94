// Decompression as zlib has it, in pieces as they come, by the browser's own streams.

/** Yield what pieces hold once they are decompressed; throws where they are damaged or end too early. */
export async function* inflatedPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const stream = new Blob(pieces as Uint8Array<ArrayBuffer>[]).stream();
  const reader = stream.pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined); // whoever has enough stops asking
  }
}

/** Return what pieces hold, at most so many bytes of it. */
export async function inflated(pieces: readonly Uint8Array[], most_bytes: number): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  let size = 0;
  for await (const piece of inflatedPieces(pieces)) {
    found.push(piece);
    size += piece.length;
    if (size >= most_bytes) break;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of found) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.subarray(0, most_bytes);
}
