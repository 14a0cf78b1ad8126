import { PassThrough, Readable, Writable } from "node:stream";
import { Context } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** How a command ended that ran inside of this process. */
export interface EndedInside {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The terminal of such a command; without options there is none. */
export interface InsideOptions {
  /** Its width. */
  readonly columns?: number;
  /** What the person types after the first question. */
  readonly types?: string;
}

class Screen extends Writable {
  text = "";
  readonly isTTY?: boolean;
  readonly columns?: number;
  onText: () => void = () => undefined;

  constructor(columns: number | undefined) {
    super();
    if (columns === undefined) return;
    this.isTTY = true;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    this.onText();
    done();
  }

  hasColors(): boolean {
    return false;
  }
}

/** Runs a command in this process, as `main.ts` does: a process of its own takes a third of a second. */
export async function runInside(args: readonly string[], options: InsideOptions = {}): Promise<EndedInside> {
  const { columns, types } = options;
  const isTerminal = columns !== undefined || types !== undefined;
  const width = isTerminal ? (columns ?? 80) : undefined;
  const [output, errors] = [new Screen(width), new Screen(width)];
  const typed = new PassThrough();
  const input: Readable & { isTTY?: boolean } = isTerminal ? Object.assign(typed, { isTTY: true }) : Readable.from([]);
  errors.onText = () => {
    if (types !== undefined && errors.text.includes("[y/N]")) typed.write(types);
    errors.onText = errors.text.includes("[y/N]") ? () => undefined : errors.onText;
  };
  const terminal: Terminal = { input, output, errors };
  const code = await runCommandLine(args, new Context(terminal));
  return { code, stdout: output.text, stderr: errors.text };
}

/** The object that a command printed as JSON. */
export function jsonOf({ stdout }: EndedInside): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}
