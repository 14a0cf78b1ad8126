import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** How many characters are gathered before they are written. */
const writeCharacters = 1_000_000;

/**
 * Lines in a temporary file that only this user can read, between a transaction and the caller's code: neither waits for the other,
 * and no connection is held while the caller works.
 */
export class Spool {
  readonly #folder: string;
  readonly #file: FileHandle;
  #gathered: string[] = [];
  #size = 0;

  private constructor(folder: string, file: FileHandle) {
    this.#folder = folder;
    this.#file = file;
  }

  static async open(): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-archive-"));
    try {
      // To append, for a file that was truncated would otherwise be written on where it ended before.
      return new Spool(folder, await open(join(folder, "lines"), "ax+", 0o600));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Forgets what was written. */
  async restart(): Promise<void> {
    this.#gathered = [];
    this.#size = 0;
    await this.#file.truncate(0);
  }

  /** Writes a line, which has its end. */
  async write(line: string): Promise<void> {
    this.#gathered.push(line);
    this.#size += line.length;
    if (this.#size >= writeCharacters) await this.#flush();
  }

  /** The lines that were written, without their ends. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    await this.#flush();
    yield* linesOf(this.#file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Uint8Array>);
  }

  /** Removes the file. */
  async remove(): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#gathered.join("");
    this.#gathered = [];
    this.#size = 0;
    if (text !== "") await this.#file.appendFile(text);
  }
}

/** The lines in chunks of text or bytes, cut anywhere. Only a line feed ends a line, for texts may hold the other ends of lines. */
export async function* linesOf(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...rest] = (typeof chunk === "string" ? chunk : decoder.write(chunk)).split("\n");
    begun.push(first);
    for (const piece of rest) {
      yield begun.join("");
      begun = [piece];
    }
  }
  const last = begun.join("") + decoder.end();
  if (last !== "") yield last;
}
