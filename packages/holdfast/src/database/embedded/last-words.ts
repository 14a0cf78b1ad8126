const FINAL = /\b((?:PANIC|FATAL):.*)/;

/** What PostgreSQL logged before it ended: the exception that it ends with says nothing. */
export class LastWords {
  #line: string | null = null;

  /** Takes a line of the log. False, so that PGlite prints none of it. */
  hear(line: string): false {
    this.#line = FINAL.exec(line)?.[1] ?? this.#line;
    return false;
  }

  /** The reason to give: the last fatal line, else what was thrown. */
  orElse(thrown: unknown): string {
    if (this.#line !== null) return this.#line;
    // Emscripten throws a plain object when the program exits.
    return thrown instanceof Error ? thrown.message : "PostgreSQL ended its session";
  }
}
