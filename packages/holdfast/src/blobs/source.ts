import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { orAborted } from "../database/call-limits.ts";
import { checkText, invalid } from "../database/input.ts";
import { InvalidInputError } from "../errors.ts";

/**
 * What a blob is uploaded from: bytes, text (as UTF-8), or a stream of bytes: any async iterable of them, such as a Node.js
 * Readable or a web ReadableStream.
 */
export type BlobSource = Uint8Array | string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Bytes given as a whole go on in pieces of this size, as a stream's would. */
const pieceBytes = 1024 * 1024;

/** What the bytes must turn out to be, where the caller knows. */
export interface Expectation {
  readonly size: number | null;
  /** In lower case. */
  readonly sha256: string | null;
}

/** Checks what an upload is made from, as far as that can be told before it is read. */
export function checkSource(source: unknown): BlobSource {
  if (typeof source === "string") {
    // A NUL is a byte like any other here; a lone surrogate has none.
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

/** Closes a source that nobody will read, or read on, so that the file or socket behind a stream is not held open. */
export function closeSource(source: BlobSource): void {
  if (source instanceof Readable) source.destroy();
  // A locked stream is being read, and its reader closes it.
  if (source instanceof ReadableStream) source.cancel().catch(() => undefined);
}

/**
 * A source on its way to a backend: counted and digested, ended by a signal, and refused at its end where it is not what was
 * expected, so that no backend takes the wrong bytes for a whole content.
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

  /** Once all bytes were read. */
  digest(): Buffer {
    return this.#hash.copy().digest();
  }

  /** Throws what the source itself failed with, if it did, as it was thrown: a backend may have put it in words of its own. */
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

  /** Reads the next piece. What fails here is the source, not its reader. */
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
  // Copies, so that what the caller changes meanwhile is not digested as one thing and stored as another.
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield Buffer.from(bytes.subarray(at, at + pieceBytes));
}

/** Only its reader can close a web stream, and a generator that waits for the next piece closes nothing: so the signal does. */
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

/** Ends at a signal even while what gives the items is silent; what it is waiting for is then left to itself. */
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
