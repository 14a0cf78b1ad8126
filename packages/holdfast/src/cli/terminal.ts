import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

/** Where a command reads, and where it writes. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: TerminalStream;
  readonly errors: TerminalStream;
}

/** A stream that may be a terminal. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly hasColors?: () => boolean;
};

/** The terminal of this process. A reader that goes away, such as `head`, ends the process quietly; a full disk ends it as failed. */
export function processTerminal(): Terminal {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`holdfast: The output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });
  return { input: process.stdin, output: process.stdout, errors: process.stderr };
}

/** Writes text or bytes, and waits while the reader is slower. */
export async function write(stream: TerminalStream, text: string | Uint8Array): Promise<void> {
  if (text.length > 0 && !stream.write(text)) await once(stream, "drain");
}

/** A color or another style of text. */
export type Paint = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";

/** Paints text for a stream. */
export type Painter = (paint: Paint | undefined, text: string) => string;

/** Paints for a terminal with colors; elsewhere, and where NO_COLOR or the flag says so, text stays plain. */
export function painterFor(stream: TerminalStream, { color }: { readonly color?: boolean | undefined }): Painter {
  const isColored =
    color !== false &&
    stream.isTTY === true &&
    (process.env["NO_COLOR"] ?? "") === "" &&
    (stream.hasColors === undefined || stream.hasColors());
  return (paint, text) => (isColored && paint !== undefined ? styleText(paint, text, { validateStream: false }) : text);
}
