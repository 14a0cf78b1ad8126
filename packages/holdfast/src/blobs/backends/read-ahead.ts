import type { ByteRange } from "../content-backend.ts";

/** The size of a part, and how many parts are read at once. */
export interface ReadAhead {
  readonly partBytes: number;
  readonly partsAhead: number;
}

/**
 * Reads a range part by part, fetching the next parts while the caller processes the previous one. If the caller is slow, only those are
 * held: no connection waits. A part comes in pieces as they were received, because joining them takes longer than digesting them.
 */
export async function* readAhead(
  { start, end }: ByteRange,
  { partBytes, partsAhead }: ReadAhead,
  readPart: (position: number, length: number) => Promise<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: { readonly end: number; readonly pieces: Promise<readonly Uint8Array[]> }[] = [];
  let requested = start;
  let received = start;
  const request = (): void => {
    while (requested < end && ahead.length < partsAhead) {
      const length = Math.min(partBytes, end - requested);
      const pieces = readPart(requested, length);
      // If the caller stops earlier, nobody waits for it.
      pieces.catch(() => undefined);
      requested += length;
      ahead.push({ end: requested, pieces });
    }
  };
  request();
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const pieces = await next.pieces;
    for (const piece of pieces) received += piece.byteLength;
    if (received < next.end) {
      // The parts after it begin where a full one would have ended.
      ahead.length = 0;
      requested = received;
    }
    request();
    yield* pieces;
  }
}
