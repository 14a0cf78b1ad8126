import { type ClaimedJob, type JobLogInput, type JobReport, type Jobs, logLinesMax } from "../jobs/jobs.ts";
import { isClosedStore } from "../session/session.ts";
import { inBackground } from "../telemetry/spans.ts";

/** Options for sending reports. */
export interface ReportingOptions {
  readonly jobs: Pick<Jobs, "report">;
  readonly onError: (error: unknown, job: ClaimedJob) => void;
}

/** Unsent reports of a job. */
interface Pending {
  progress?: unknown;
  readonly log: JobLogInput[];
}

/** The shortest time between two reports of one worker. Anything in between travels with the second. */
const spacingMs = 200;

/**
 * Sends the reports of handlers without making them wait: the latest progress and the new lines of all jobs together, a few times a
 * second. The rest is sent before the job ends.
 */
export class Reporting {
  readonly #options: ReportingOptions;
  readonly #pending = new Map<ClaimedJob, Pending>();
  readonly #sending = new Map<ClaimedJob, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #sentAt = -Infinity;

  constructor(options: ReportingOptions) {
    this.#options = options;
  }

  /** Replaces the progress of a job. */
  progress(job: ClaimedJob, progress: unknown): void {
    this.#reportOf(job).progress = progress;
  }

  /** Adds a line to the log of a job. */
  log(job: ClaimedJob, line: JobLogInput): void {
    const { log } = this.#reportOf(job);
    // More would not be kept anyway.
    if (log.length === logLinesMax) log.shift();
    log.push(line);
  }

  /** Whether a report of the job is not stored yet. */
  has(job: ClaimedJob): boolean {
    return this.#pending.has(job) || this.#sending.has(job);
  }

  /**
   * Stores the reports of a job so far, with the `jobs` of a transaction if given. Reports that cannot be stored go to `onError` and are
   * dropped.
   */
  async flush(job: ClaimedJob, jobs: Pick<Jobs, "report"> = this.#options.jobs): Promise<void> {
    await this.#sending.get(job);
    const report = this.#pending.get(job);
    if (report === undefined) return;
    this.#pending.delete(job);
    await this.#send(job, report, jobs);
  }

  /** Drops the remaining reports. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending.clear();
  }

  #reportOf(job: ClaimedJob): Pending {
    let report = this.#pending.get(job);
    if (report === undefined) {
      report = { log: [] };
      this.#pending.set(job, report);
      this.#schedule();
    }
    return report;
  }

  #schedule(): void {
    const delayMs = Math.max(0, this.#sentAt + spacingMs - performance.now());
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#sentAt = performance.now();
      const waiting = [...this.#pending.keys()].filter((job) => !this.#sending.has(job));
      for (const job of waiting) {
        // Outside of the handler's trace, which may have ended.
        const sent = inBackground(() => this.flush(job)).finally(() => {
          this.#sending.delete(job);
          if (this.#pending.has(job)) this.#schedule();
        });
        this.#sending.set(job, sent);
      }
    }, delayMs);
  }

  async #send(job: ClaimedJob, { progress, log }: Pending, jobs: Pick<Jobs, "report">): Promise<void> {
    const { id, token } = job;
    const report: JobReport = { ...(progress !== undefined && { progress }), ...(log.length > 0 && { log }) };
    try {
      // Reports under a lost claim are dropped: the new holder reports.
      await jobs.report({ id, token }, report);
    } catch (error) {
      if (!isClosedStore(error)) this.#options.onError(error, job);
    }
  }
}
