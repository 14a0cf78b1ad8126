import type { JobStatus } from "./basics.ts";

/** What an action takes, by its name. Each is sent by POST as JSON to its own path, see `actionPath`. */
export interface Actions {
  readonly "executions.cancel": { readonly id: string; readonly reason?: string; readonly tree?: boolean };
  readonly "jobs.retry": { readonly id: string };
  readonly "jobs.cancel": { readonly id: string };
  readonly "jobs.retryAll": JobSelection;
  readonly "jobs.cancelAll": JobSelection;
  readonly "queues.pause": { readonly queue: string };
  readonly "queues.resume": { readonly queue: string };
  readonly "queues.configure": { readonly queue: string; readonly settings: QueueSettings };
  readonly "timers.cancel": { readonly id: string };
  readonly "waits.cancel": { readonly id: string };
  readonly "schedules.pause": { readonly id: string };
  readonly "schedules.resume": { readonly id: string };
  readonly "schedules.trigger": { readonly id: string };
  readonly "definitions.activate": { readonly name: string; readonly version: number };
  readonly "definitions.retire": { readonly name: string; readonly version: number };
}

/** The name of an action. */
export type ActionName = keyof Actions;

/** Selects jobs to cancel or retry; all conditions must hold. A queue or an execution is required. */
export interface JobSelection {
  readonly queue?: string;
  readonly group?: string;
  readonly executionId?: string;
  readonly status?: readonly JobStatus[];
  /** ISO 8601. */
  readonly pushedBefore?: string;
  /** The `next` of the previous outcome. */
  readonly after?: string;
  /** The most jobs of one request; 1,000 by default, at most 10,000. */
  readonly limit?: number;
}

/** New settings of a queue. Omitted ones stay; null removes one. */
export interface QueueSettings {
  readonly concurrency?: number | null;
  readonly concurrencyPerGroup?: number | null;
  readonly rate?: { readonly limit: number; readonly periodMs: number } | null;
  readonly agingMs?: number | null;
  readonly timeoutMs?: number | null;
}

/** The outcome of an action. */
export interface ActionOutcome {
  /** How many things it changed; 0 if there was nothing to do, such as a job that had ended. */
  readonly changed: number;
  /** Continues an action on many jobs as `after`; null if nothing is left. */
  readonly next: string | null;
}
