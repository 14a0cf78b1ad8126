import type { Pool } from "pg";

/** How much a run measures. */
export interface Size {
  readonly name: "full" | "quick";
  readonly rounds: number;
  /** Whether the command named that number, which then holds for all benches. */
  readonly areRoundsNamed: boolean;
  /** How long a contender is loaded in a round, in seconds; its warm-up comes before. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** How many jobs a queue has that is emptied, and how many where it is a long one. */
  readonly jobs: number;
  readonly jobsOfLong: number;
  /** The jobs of the queue in `counts`. */
  readonly endedJobs: number;
  readonly readyJobs: number;
  /** How many tasks a tree has. */
  readonly tasks: number;
  /** How many rows are read one by one, and how many timers wait. */
  readonly rows: number;
  /** How many rows a table has that has grown. */
  readonly grownRows: number;
  /** How long a store is worn, in minutes. */
  readonly minutes: number;
  /** How large a blob is, in MiB. */
  readonly blobMiB: number;
}

/** What a bench is called, and what it counts. */
export interface Described {
  readonly name: string;
  /** What one operation is, in a sentence. */
  readonly measures: string;
  /** What is counted a second, such as "jobs". */
  readonly unit: string;
}

/** Something that is measured: one page of the report. */
export interface Bench extends Described {
  /** Takes so long that it is only run where it is named. */
  readonly isLong?: true;
  /** At most so many rounds where the command names no number, for one that takes long. */
  readonly roundsMax?: number;
  /** Why it cannot be run on this machine; undefined where it can. */
  readonly missing?: () => string | undefined;
  /** Prepares what later runs find ready. Called before anything is measured. */
  readonly prepare?: (log: (line: string) => void) => Promise<void>;
  cases(size: Size): readonly Case[];
}

/** One setting of a bench, such as a number of callers, and who is measured in it, one after another in each round. */
export interface Case {
  readonly name: string;
  readonly contenders: readonly Contender[];
}

/** Who is measured. */
export interface Named {
  readonly name: string;
  readonly isOurs: boolean;
  /** The former release of Holdfast: measured beside today's, but not one of the others that it is compared to. */
  readonly isFormer?: true;
}

/** Holdfast, a peer, or code written by hand, in one configuration. */
export interface Contender extends Named {
  /** Sets up on an empty database, which nobody else uses. */
  open(place: Place): Promise<Trial>;
}

/** A database of a contender's own. */
export interface Place {
  readonly url: string;
  /** For what the bench itself asks, such as how many rows there are. */
  readonly pool: Pool;
}

/** A contender that is set up, for one round. */
export interface Trial {
  /** Works for a while before the measurement, and again while statements are counted; answers the number of operations. */
  warmUp?(): Promise<number>;
  /** Another process does the work, or only a part of it is measured: this process's time would mislead. */
  readonly isClientElsewhere?: true;
  run(): Promise<Measurement>;
  /** Counts what is in the database, and throws unless all the work was done. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** What a contender did in a round. */
export interface Measurement {
  readonly operations: number;
  readonly elapsedMs: number;
  /** How long a call took; null where calls are not what is measured. */
  readonly latencyMs: Latency | null;
  /** By how much the process grew at most, where it is one of its own. */
  readonly grewMiB?: number;
}

/** How long the middle call took, and the one that 99 of 100 were quicker than. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}
