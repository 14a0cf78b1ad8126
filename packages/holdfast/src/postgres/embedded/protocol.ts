/** Bytes that own their memory, so that they can be handed to another thread. */
export type Bytes = Uint8Array<ArrayBuffer>;

const READY_FOR_QUERY_BYTES = 6;

/** The session's state after a reply: between transactions, inside one, or (null) in the middle of a batch. */
export function sessionState(reply: Uint8Array): "idle" | "transaction" | null {
  const start = reply.length - READY_FOR_QUERY_BYTES;
  if (start < 0 || reply[start] !== CODE.readyForQuery || reply[start + 4] !== 5) return null;
  return reply[start + 5] === CODE.idle ? "idle" : "transaction";
}

/** A simple query, which also ends a batch without its Sync. */
export function simpleQuery(sql: string): Bytes {
  return message("Q", sql);
}

function message(letter: string, text: string): Bytes {
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(body.length + 6);
  bytes[0] = letter.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, body.length + 5);
  bytes.set(body, 5);
  return bytes;
}

/** A Sync, which PostgreSQL waits for after an error inside a batch. */
export function sync(): Bytes {
  return Uint8Array.of(CODE.sync, 0, 0, 0, 4);
}

/** Says that no data follows for a COPY FROM STDIN; PostgreSQL ignores it without such a COPY. */
export const COPY_FAIL: Bytes = message("f", "the embedded database takes no data by COPY: use INSERT with arrays");

/** One array with all of them, in its own memory. */
export function joined(chunks: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    all.set(chunk, end);
    end += chunk.length;
  }
  return all;
}

/** The letters of the messages that this folder reads or writes itself. */
export const CODE: {
  readonly sync: number;
  readonly terminate: number;
  readonly readyForQuery: number;
  readonly idle: number;
} = {
  sync: "S".charCodeAt(0),
  terminate: "X".charCodeAt(0),
  readyForQuery: "Z".charCodeAt(0),
  idle: "I".charCodeAt(0),
};
