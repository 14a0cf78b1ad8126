import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** How many characters are buffered before they are written. */
const writeCharacters = 1_000_000;

/**
 * Lines in a temporary file that only this user can read, between a transaction and the caller's code. Neither waits for the other, and
 * no connection is held while the caller works.
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
      // In append mode: otherwise a truncated file would be continued at its former end.
      return new Spool(folder, await open(join(folder, "lines"), "ax+", 0o600));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Forgets everything written. */
  async restart(): Promise<void> {
    this.#gathered = [];
    this.#size = 0;
    await this.#file.truncate(0);
  }

  /** Writes a line, which includes its end. */
  async write(line: string): Promise<void> {
    this.#gathered.push(line);
    this.#size += line.length;
    if (this.#size >= writeCharacters) await this.#flush();
  }

  /** The written lines, without their ends. */
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

/** Splits chunks of text or bytes into lines. Only a line feed ends a line, because texts may contain other line ends. */
export async function* linesOf(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let unfinished: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...rest] = (typeof chunk === "string" ? chunk : decoder.write(chunk)).split("\n");
    unfinished.push(first);
    for (const piece of rest) {
      yield unfinished.join("");
      unfinished = [piece];
    }
  }
  const last = unfinished.join("") + decoder.end();
  if (last !== "") yield last;
}
