import { checkFunction, checkInteger, invalid } from "../core/input.ts";
import { quietly, sqlStateOf } from "../core/thrown.ts";
import type { StatementOutcome, WireStatement } from "../postgres/database.ts";

/** A statement that this process has sent, without its values. */
export interface SentStatement {
  /** The folder and name of a statement, such as `jobs/pushJob`; or the command, such as `commit`; or "application" for your own SQL. */
  readonly statement: string;
  /**
   * The time from sending it until its answer, in milliseconds. Statements that travel together are answered together, so each has the
   * time of all.
   */
  readonly durationMs: number;
  /** The number of rows that it returned; null if it failed. */
  readonly rows: number | null;
  /** The SQLSTATE, or the code of a lost connection; null if it succeeded. */
  readonly errorCode: string | null;
}

/** Which statements to report, and to whom. */
export interface StatementLog {
  readonly onStatement?: ((sent: SentStatement) => unknown) | undefined;
  /** Only statements that took at least as long, or failed, are reported. */
  readonly slowMs?: number | undefined;
}

/** Checks what a store reports of its statements. */
export function checkStatementLog(
  onStatement: StatementLog["onStatement"],
  slowMs: StatementLog["slowMs"],
): StatementLog {
  if (onStatement !== undefined) checkFunction(onStatement, "onStatement");
  if (slowMs === undefined) return { onStatement };
  if (onStatement === undefined) {
    throw invalid("slowStatementMs", "is given without onStatement, which receives the slow statements: give both");
  }
  return { onStatement, slowMs: checkInteger(slowMs, "slowStatementMs", { min: 0, max: 2 ** 31 - 1 }) };
}

/** What this process has sent of one statement. */
export interface StatementFigure {
  readonly statement: string;
  /** How many took at most as long as each of `durationBoundsMs`, and in total. */
  readonly cumulative: readonly number[];
  readonly totalMs: number;
  readonly rows: number;
  /** Failures by their codes. */
  readonly errors: ReadonlyMap<string, number>;
}

/** The upper bounds of the buckets of durations, except the last. */
export const durationBoundsMs: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

class Counted {
  readonly buckets: number[] = Array.from({ length: durationBoundsMs.length + 1 }, () => 0);
  totalMs = 0;
  rows = 0;
  readonly errors = new Map<string, number>();
}

/** Counts the statements of a store in this process, and reports them to its log. */
export class StatementFigures {
  readonly #log: StatementLog;
  readonly #counted = new Map<string, Counted>();

  constructor(log: StatementLog = {}) {
    this.#log = log;
  }

  /** Counts one statement. */
  readonly observe = (sent: WireStatement, { durationMs, rows, error }: StatementOutcome): void => {
    const statement = sent.label ?? commandOf(sent.text);
    let counted = this.#counted.get(statement);
    if (counted === undefined) this.#counted.set(statement, (counted = new Counted()));
    let bucket = 0;
    while (bucket < durationBoundsMs.length && durationMs > (durationBoundsMs[bucket] ?? Infinity)) bucket++;
    counted.buckets[bucket] = (counted.buckets[bucket] ?? 0) + 1;
    counted.totalMs += durationMs;
    counted.rows += rows ?? 0;
    const errorCode = rows === null ? codeOf(error) : null;
    if (errorCode !== null) counted.errors.set(errorCode, (counted.errors.get(errorCode) ?? 0) + 1);
    const { onStatement, slowMs = 0 } = this.#log;
    if (onStatement === undefined || (durationMs < slowMs && errorCode === null)) return;
    quietly(onStatement, { statement, durationMs, rows, errorCode });
  };

  /** The figures of each statement, by name. */
  figures(): readonly StatementFigure[] {
    return [...this.#counted]
      .map(([statement, { buckets, totalMs, rows, errors }]) => {
        let count = 0;
        return { statement, cumulative: buckets.map((each) => (count += each)), totalMs, rows, errors };
      })
      .toSorted((a, b) => (a.statement < b.statement ? -1 : 1));
  }
}

/** The first word of a command, such as `begin`. */
function commandOf(text: string): string {
  return /^(?:\s|--.*\n)*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? "statement";
}

/** The code of what failed: the server's SQLSTATE, or that of the driver. Never its message, which may quote a value. */
function codeOf(error: unknown): string {
  const state = sqlStateOf(error);
  if (state !== null) return state;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
