import type { ByteRange } from "../content-backend.ts";

/**
 * The bytes of a range, read part by part, the next part while the caller looks at the one before it. Between parts nothing is
 * held: no connection waits for a caller who takes its time.
 */
export async function* readAhead(
  { start, end }: ByteRange,
  partBytes: number,
  readPart: (position: number, length: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const readFrom = (position: number): Promise<Uint8Array> | null => {
    if (position >= end) return null;
    const part = readPart(position, Math.min(partBytes, end - position));
    // Where the caller stops before it, nobody waits for it.
    part.catch(() => undefined);
    return part;
  };
  let position = start;
  for (let next = readFrom(position); next !== null;) {
    const part = await next;
    position += part.byteLength;
    next = readFrom(position);
    yield part;
  }
}
