import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { InvalidInputError } from "../core/errors.ts";
import { checkText, invalid } from "../core/input.ts";
import { orAborted } from "../session/call-limits.ts";

/** The source of an upload: bytes, text (as UTF-8), or any async iterable of bytes, such as a Node.js Readable or a web ReadableStream. */
export type BlobSource = Uint8Array | string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Bytes given at once continue in pieces of this size, as a stream's would. */
const pieceBytes = 1024 * 1024;

/** The expected size and digest of the bytes, if the caller knows them. */
export interface Expectation {
  readonly size: number | null;
  /** In lower case. */
  readonly sha256: string | null;
}

/** Checks a source as far as possible before it is read. */
export function checkSource(source: unknown): BlobSource {
  if (typeof source === "string") {
    // A NUL is an ordinary byte here; a lone surrogate has no encoding.
    checkText(source.replaceAll("\0", ""), "source");
    return source;
  }
  if (source instanceof Uint8Array) return source;
  if (typeof source === "object" && source !== null) {
    if ("locked" in source && source.locked === true) {
      throw invalid("source", "is a stream that somebody else is reading: give one that is not locked");
    }
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return source as BlobSource;
  }
  throw invalid("source", "is not something to upload: give a Uint8Array, a string, or a stream of bytes");
}

/** Closes a source that nobody will read any further, so that the file or socket behind a stream is not held open. */
export function closeSource(source: BlobSource): void {
  if (source instanceof Readable) source.destroy();
  // A locked stream is being read, and its reader closes it.
  if (source instanceof ReadableStream) source.cancel().catch(() => undefined);
}

/**
 * A source on its way to a backend. It is counted and digested, ended by a signal, and refused at its end if it does not match. So no
 * backend takes the wrong bytes for a complete content.
 */
export class MeasuredSource {
  size = 0;
  readonly #source: BlobSource;
  readonly #expectation: Expectation;
  readonly #signal: AbortSignal;
  readonly #hash = createHash("sha256");
  #failure: { readonly reason: unknown } | null = null;

  constructor(source: BlobSource, expectation: Expectation, signal: AbortSignal) {
    this.#source = source;
    this.#expectation = expectation;
    this.#signal = signal;
  }

  /** Available once all bytes were read. */
  digest(): Buffer {
    return this.#hash.copy().digest();
  }

  /** Throws the source's own failure, if there was one, unchanged: a backend may have wrapped it. */
  rethrow(): void {
    if (this.#failure !== null) throw this.#failure.reason;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = this.#checked();
    try {
      for (let next = await this.#pull(pieces); !next.done; next = await this.#pull(pieces)) yield next.value;
    } finally {
      await pieces.return();
    }
  }

  /** Reads the next piece. A failure here is the source's, not its reader's. */
  async #pull(pieces: AsyncGenerator<Uint8Array, void, undefined>): Promise<IteratorResult<Uint8Array, void>> {
    try {
      return await pieces.next();
    } catch (error) {
      this.#failure ??= { reason: error };
      throw error;
    }
  }

  async *#checked(): AsyncGenerator<Uint8Array, void, undefined> {
    const { size, sha256 } = this.#expectation;
    for await (const piece of abortable(piecesOf(this.#source, this.#signal), this.#signal)) {
      if (!(piece instanceof Uint8Array)) {
        throw invalid("source", `gave a ${typeof piece} where bytes belong: give a stream of Uint8Array`);
      }
      if (piece.byteLength === 0) continue;
      this.size += piece.byteLength;
      if (size !== null && this.size > size) throw unexpected("size", size, `at least ${this.size}`);
      this.#hash.update(piece);
      yield piece;
    }
    if (size !== null && this.size !== size) throw unexpected("size", size, this.size);
    const digest = this.digest().toString("hex");
    if (sha256 !== null && digest !== sha256) throw unexpected("sha256", sha256, digest);
  }
}

function unexpected(field: "size" | "sha256", expected: string | number, actual: string | number): InvalidInputError {
  return new InvalidInputError(
    `${field} was said to be ${expected}, and is ${actual}: see where the bytes were changed or lost. Nothing was uploaded.`,
    { facts: { field, expected, actual } },
  );
}

async function* piecesOf(source: BlobSource, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
  if (source instanceof ReadableStream) {
    yield* piecesOfWeb(source, signal);
    return;
  }
  if (typeof source !== "string" && !(source instanceof Uint8Array)) {
    yield* source;
    return;
  }
  const bytes = typeof source === "string" ? Buffer.from(source) : source;
  // Copies, so that changes by the caller are not digested as one thing and stored as another.
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield Buffer.from(bytes.subarray(at, at + pieceBytes));
}

/** Only its reader can close a web stream, and a generator that waits for the next piece closes nothing. So the signal does. */
async function* piecesOfWeb(
  stream: ReadableStream<unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const reader = stream.getReader();
  const close = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", close);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    signal.removeEventListener("abort", close);
    close();
    reader.releaseLock();
  }
}

/** Ends at a signal even while the source is silent, and abandons the pending read. */
export async function* abortable<T>(
  items: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await orAborted(signal, items.next(), () => undefined);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = items.return(undefined).catch(() => undefined);
    if (!signal.aborted) await closed;
  }
}
