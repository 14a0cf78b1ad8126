import type { ByteRange } from "../content-backend.ts";

/** In parts of how many bytes a range is read, and how many of them at once. */
export interface ReadAhead {
  readonly partBytes: number;
  readonly partsAhead: number;
}

/**
 * The bytes of a range, read part by part, the next parts while the caller looks at the one before them. Where the caller takes its
 * time nothing is held but those: no connection waits. A part comes in pieces, as they were received: to join them takes longer than
 * to digest them.
 */
export async function* readAhead(
  { start, end }: ByteRange,
  { partBytes, partsAhead }: ReadAhead,
  readPart: (position: number, length: number) => Promise<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: { readonly end: number; readonly pieces: Promise<readonly Uint8Array[]> }[] = [];
  let asked = start;
  let received = start;
  const ask = (): void => {
    while (asked < end && ahead.length < partsAhead) {
      const length = Math.min(partBytes, end - asked);
      const pieces = readPart(asked, length);
      // Where the caller stops before it, nobody waits for it.
      pieces.catch(() => undefined);
      asked += length;
      ahead.push({ end: asked, pieces });
    }
  };
  ask();
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const pieces = await next.pieces;
    for (const piece of pieces) received += piece.byteLength;
    if (received < next.end) {
      // Those that follow it begin where a whole one would have ended.
      ahead.length = 0;
      asked = received;
    }
    ask();
    yield* pieces;
  }
}
