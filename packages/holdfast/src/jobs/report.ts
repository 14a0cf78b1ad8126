import { checkClaim, type Claim } from "../claims/claims.ts";
import { type Codec, decodeOptional, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf, pageRequest } from "../core/fields.ts";
import {
  checkId,
  checkLimit,
  checkOrder,
  checkTextOf,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { encodeEach } from "../core/items.ts";
import { iterate, numberAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { jobKeys } from "./acknowledge.ts";
import { jobClaim } from "./job.ts";
import { getProgress, listJobLog, reportJobs } from "./statements.generated.ts";

/** A line of a job's log. */
export interface JobLogInput {
  /** 1 to 2,000 bytes. */
  readonly message: string;
  /** At most 2,000 characters, as the codec writes it. */
  readonly data?: unknown;
}

/** What the holder of a job reports while it runs. */
export interface JobReport {
  /** The progress of the job, which replaces earlier reports. At most 65,536 characters, as the codec writes it. */
  readonly progress?: unknown;
  /** New lines of the log, at most 1,000. A job keeps its newest 1,000. */
  readonly log?: readonly JobLogInput[] | undefined;
}

/** The progress of a job. */
export interface JobProgress {
  readonly progress: unknown;
  readonly reportedAt: Date;
}

/** A stored line. */
export interface JobLogLine {
  readonly message: string;
  /** undefined if none was given. */
  readonly data: unknown;
  readonly reportedAt: Date;
}

/** Progress and log lines of jobs. They stay with the job through all its attempts and after its end. */
export interface JobReports {
  /** Stores progress and log lines of a running job. Returns false, and stores nothing, if the claim is lost. */
  report(claim: Claim, report: JobReport): Promise<boolean>;
  /** The latest progress; null if none was reported. */
  progressOf(id: string): Promise<JobProgress | null>;
  /** The lines of a job's log, the oldest first. */
  log(id: string, page?: PageRequest): Promise<Page<JobLogLine>>;
  /** Every item of `log`, read in pages of `limit`. */
  iterateLog(id: string, page?: PageRequest): AsyncGenerator<JobLogLine, void, undefined>;
}

/** The most lines of one report, and of a job's log. */
export const logLinesMax = 1000;
const messageBytes = { min: 1, max: 2000 } as const;
const progressCharsMax = 64 * 1024;
const dataCharsMax = 2000;

const reportFields: Fields<JobReport> = fieldsOf<JobReport>({ progress: true, log: true });
const logFields: Fields<JobLogInput> = fieldsOf<JobLogInput>({ message: true, data: true });

interface EncodedLine {
  readonly message: string;
  readonly data: JsonText | null;
}

interface EncodedReport extends Claim {
  readonly progress: JsonText | null;
  readonly log: readonly EncodedLine[];
}

/** The reports of a store's or a transaction's `jobs`. */
export function reportsOf(session: Session): JobReports {
  const { codec } = session;
  const log = async (id: string, page: PageRequest = {}): Promise<Page<JobLogLine>> => {
    const { after, limit, order: given } = pageRequest.read(page, "page");
    const order = checkOrder(given);
    const size = checkLimit(limit);
    const plan = listJobLog[order]({ id: checkId(id, "id"), after: numberAfter(after, order), limit: size + 1 });
    return toPage(
      await session.run(plan),
      size,
      ({ message, data, reportedAt }) => ({ message, data: decodeOptional(codec, data), reportedAt }),
      ({ number }) => String(number),
    );
  };
  return {
    report: async (claim, report) => session.write(reportWrite, encodeReport(codec, claim, report)),
    progressOf: async (id) =>
      session.run(
        mapPlan(getProgress({ id: checkId(id, "id") }), (row) =>
          row === null ? null : { progress: decodeOptional(codec, row.data), reportedAt: row.reportedAt },
        ),
      ),
    log,
    iterateLog: (id, page = {}) => iterate(page, "page", (each) => log(id, each)),
  };
}

function encodeReport(codec: Codec, claim: Claim, given: JobReport): EncodedReport {
  const { progress, log } = reportFields.read(given, "report");
  if (progress === undefined && (log === undefined || log.length === 0)) {
    throw invalid("report", "says nothing: give progress, log lines or both");
  }
  return {
    ...checkClaim(jobClaim, claim),
    progress: encodeWithin(codec, progress, "progress", progressCharsMax),
    log: encodeEach(log ?? [], "log", (line, place) => encodeLine(codec, line, place), logLinesMax),
  };
}

/** Checks the message of a log line. */
export function checkMessage(message: unknown): string {
  return checkTextOf(message, "message", messageBytes);
}

function encodeLine(codec: Codec, line: JobLogInput, place: string): EncodedLine {
  const { message, data } = logFields.read(line, place);
  return {
    message: checkMessage(message),
    data: encodeWithin(codec, data, "data", dataCharsMax),
  };
}

function encodeWithin(codec: Codec, value: unknown, field: string, max: number): JsonText | null {
  const encoded = encodeOptional(codec, value, field);
  if (encoded === null || encoded.length <= max) return encoded;
  throw invalid(field, `is written with ${encoded.length} characters, above the limit of ${max}: keep it elsewhere`);
}

const reportWrite: Write<EncodedReport, boolean> = {
  name: "jobs.report",
  keys: jobKeys,
  plan: (reports) => {
    const lines = reports.flatMap(({ log }, i) => log.map((line) => ({ ...line, place: i + 1 })));
    const plan = reportJobs({
      ids: reports.map(({ id }) => id),
      tokens: reports.map(({ token }) => token),
      progress: reports.map(({ progress }) => progress),
      linePlaces: lines.map(({ place }) => place),
      messages: lines.map(({ message }) => message),
      lineData: lines.map(({ data }) => data),
    });
    return mapPlan(plan, (rows) => rows.map(({ isHeld }) => isHeld));
  },
};
