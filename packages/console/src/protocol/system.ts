import type { Moment } from "./basics.ts";

/** The state of the store and of the console: health, checks, settings and sizes. */
export interface SystemReport {
  readonly at: Moment;
  readonly location: string;
  readonly schema: string;
  readonly isHealthy: boolean;
  readonly roundTripMs: number | null;
  /** What is wrong and what to do about it; null if nothing is. */
  readonly error: string | null;
  readonly checks: readonly SystemCheck[];
  readonly migrations: readonly { readonly name: string; readonly appliedAt: Moment | null }[];
  readonly bytes: number;
  readonly tables: readonly {
    readonly name: string;
    readonly rows: number;
    readonly deadRows: number;
    readonly tableBytes: number;
    readonly indexBytes: number;
  }[];
  /** The connections of this process to the database. */
  readonly connections: Readonly<Record<string, number>>;
  /** The settings of this console, by name. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}

/** The result of one check. */
export interface SystemCheck {
  readonly name: string;
  /** "skipped" if it does not apply, or the role of the connection may not see what it needs. */
  readonly status: "ok" | "warn" | "fail" | "skipped";
  readonly finding: string;
  /** What to do about it; null if nothing. */
  readonly advice: string | null;
}
