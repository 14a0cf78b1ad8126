import { escapeLines, toJson } from "./escaping.ts";
import { type Painter, painterFor, type Terminal, write } from "./terminal.ts";

/** The options that every command takes. */
export interface GlobalFlags {
  readonly data?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly json?: true;
  /** false by `--no-color`. */
  readonly color?: boolean;
}

/** What a command works with: its terminal, the options that all commands take, and the exit code. */
export class Context {
  readonly terminal: Terminal;
  flags: GlobalFlags = {};
  /** 0, unless the command found something wrong. */
  exitCode = 0;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** Whether a person can be asked. */
  get canAsk(): boolean {
    return this.terminal.input.isTTY === true && this.terminal.errors.isTTY === true;
  }

  /** The width to fit in; unlimited where the output is no terminal. */
  get columns(): number {
    const { isTTY, columns } = this.terminal.output;
    return isTTY === true ? (columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  get isJson(): boolean {
    return this.flags.json === true;
  }

  /** Paints text for the output. */
  get paint(): Painter {
    return painterFor(this.terminal.output, this.flags);
  }

  /** Writes a line, or several, to the output. Their text is trusted: escape what users gave. */
  async print(text: string): Promise<void> {
    await write(this.terminal.output, `${text}\n`);
  }

  /** Writes a value to the output as one line of JSON. */
  async printJson(value: unknown): Promise<void> {
    await write(this.terminal.output, `${toJson(value)}\n`);
  }

  /** Writes a line to the errors, beside the result. */
  async note(text: string): Promise<void> {
    await write(this.terminal.errors, `${escapeLines(text)}\n`);
  }
}

/** The caller used the command wrongly: exit code 2. */
export class UsageError extends Error {}

/** The person at the terminal said no. */
export class Declined extends Error {}
