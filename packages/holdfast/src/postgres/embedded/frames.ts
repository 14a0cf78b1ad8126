import { type Bytes, CODE, joined } from "./protocol.ts";

/** Bytes from a client, split at the protocol's message boundaries. */
export type Frame =
  | { readonly kind: "startup"; readonly bytes: Bytes }
  | { readonly kind: "messages"; readonly bytes: Bytes }
  | { readonly kind: "encryption" }
  | { readonly kind: "cancel" }
  | { readonly kind: "terminate" };

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const GSS_REQUEST = 80877104;

/**
 * Splits a client's bytes into those that may go to PostgreSQL and those that may not.
 *
 * PGlite reads half a message as the end of the connection, so only whole ones pass; it knows neither encryption requests nor cancel
 * requests.
 */
export class Framer {
  #rest: Uint8Array = new Uint8Array(0);
  #started = false;

  /** The frames that these bytes complete, in order. Consecutive messages are one frame, so one round trip. */
  take(chunks: readonly Uint8Array[]): Frame[] {
    let bytes = joined([this.#rest, ...chunks]);
    const frames: Frame[] = [];
    while (!this.#started) {
      const length = startupLength(bytes);
      if (length === null) {
        this.#rest = bytes;
        return frames;
      }
      frames.push(this.#begin(bytes.slice(0, length)));
      bytes = bytes.slice(length);
    }
    const { end, terminated } = wholeMessages(bytes);
    if (end > 0) frames.push({ kind: "messages", bytes: end === bytes.length ? bytes : bytes.slice(0, end) });
    if (terminated) frames.push({ kind: "terminate" });
    this.#rest = terminated ? new Uint8Array(0) : bytes.slice(end);
    return frames;
  }

  #begin(packet: Bytes): Frame {
    const code = new DataView(packet.buffer).getInt32(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: "encryption" };
    this.#started = true;
    return code === CANCEL_REQUEST ? { kind: "cancel" } : { kind: "startup", bytes: packet };
  }
}

/** The first packet has no letter in front: four bytes of length, then four of protocol or request. */
function startupLength(bytes: Bytes): number | null {
  if (bytes.length < 8) return null;
  const length = new DataView(bytes.buffer).getInt32(0);
  return bytes.length < length ? null : length;
}

function wholeMessages(bytes: Bytes): { end: number; terminated: boolean } {
  const view = new DataView(bytes.buffer);
  let end = 0;
  while (end + 5 <= bytes.length) {
    if (bytes[end] === CODE.terminate) return { end, terminated: true };
    const next = end + 1 + view.getInt32(end + 1);
    if (next > bytes.length) break;
    end = next;
  }
  return { end, terminated: false };
}
