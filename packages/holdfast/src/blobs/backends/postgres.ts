import { LeaseLostError } from "../../core/errors.ts";
import type { Session } from "../../session/session.ts";
import { type ContentBackend, MissingContentError } from "../content-backend.ts";
import { readChunk, removeChunks, writeChunk } from "../statements.generated.ts";
import { readAhead } from "./read-ahead.ts";

/**
 * The size of a chunk. Each is a statement, so that no connection waits for the caller's stream. On a server, smaller chunks are slower
 * to write, and larger ones slower to read.
 */
const chunkBytes = 1024 * 1024;

/** How many chunks one statement removes: few enough to stay well below any statement timeout. */
const removedChunksMax = 256;

/** Stores contents as rows of chunks in the store's database. In a transaction, they are part of it. */
export function postgresBackend(session: Session): ContentBackend {
  const write = async (contentId: string, firstByte: number, bytes: Uint8Array): Promise<void> => {
    const written = await session.run(writeChunk({ contentId, firstByte, bytes }));
    if (written !== null) return;
    throw new LeaseLostError("The upload was given up by a sweep, for no sign of life came from it: upload it again.", {
      facts: { entity: "blob" },
    });
  };
  return {
    name: "postgres",
    write: async (contentId, bytes) => {
      let firstByte = 0;
      let writing: Promise<void> = Promise.resolve();
      // One chunk is being written while the next one is gathered.
      for await (const chunk of inChunks(bytes)) {
        await writing;
        writing = write(contentId, firstByte, chunk);
        writing.catch(() => undefined);
        firstByte += chunk.byteLength;
      }
      await writing;
    },
    read: (contentId, range) =>
      readAhead(range, { partBytes: chunkBytes, partsAhead: 1 }, async (position, length) => {
        const chunk = await session.run(readChunk({ contentId, position, length }));
        // A chunk that ends before the position is not the requested one, which is gone.
        if (chunk === null || chunk.bytes.byteLength === 0) throw new MissingContentError();
        return [chunk.bytes];
      }),
    remove: async (contentIds) => {
      for (;;) {
        const { removed } = await session.run(removeChunks({ contentIds, limit: removedChunksMax }));
        if (removed < removedChunksMax) return;
      }
    },
    presign: async () => null,
    inventory: null,
    close: () => undefined,
  };
}

/** Splits the bytes into chunks of one size, each in its own memory. */
async function* inChunks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk = Buffer.allocUnsafe(0);
  let filled = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength;) {
      if (chunk.byteLength === 0) chunk = Buffer.allocUnsafeSlow(chunkBytes);
      const part = piece.subarray(at, at + chunkBytes - filled);
      chunk.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < chunkBytes) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(0);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
