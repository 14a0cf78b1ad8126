const FINAL = /\b((?:PANIC|FATAL):.*)/;

/** PostgreSQL's log before it ended, because the exception itself says nothing. */
export class LastWords {
  #line: string | null = null;

  /** Takes a line of the log. Returns false, so that PGlite prints nothing. */
  hear(line: string): false {
    this.#line = FINAL.exec(line)?.[1] ?? this.#line;
    return false;
  }

  /** The reason to report: the last fatal line, or the thrown error. */
  orElse(thrown: unknown): string {
    if (this.#line !== null) return this.#line;
    // Emscripten throws a plain object when the program exits.
    return thrown instanceof Error ? thrown.message : "PostgreSQL ended its session";
  }
}
