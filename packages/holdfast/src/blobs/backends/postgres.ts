import type { Session } from "../../database/session.ts";
import { LeaseLostError } from "../../errors.ts";
import { type ContentBackend, MissingContentError } from "../content-backend.ts";
import { readChunk, removeChunks, writeChunk } from "../statements.generated.ts";
import { readAhead } from "./read-ahead.ts";

/**
 * The bytes of a chunk. Each is a statement, so that no connection is held while the caller's stream is waited for; measured on
 * a server, smaller ones are slower to write, and larger ones to read.
 */
const chunkBytes = 1024 * 1024;

/** How many chunks one statement removes: it stays well below any statement timeout. */
const removedChunksMax = 256;

/** Contents as rows of chunks, in the store's database: in a transaction, they are a part of it. */
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
      // One chunk is on its way while the next one is gathered.
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
        // A chunk that ends before the position is not the one that was asked for, which is gone.
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

/** The same bytes in chunks of one size, each in memory of its own. */
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
