import type { Command } from "commander";
import type { Job, JobStatus } from "../jobs/index.ts";
import { withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { cancelJobs, type ChangeFlags, retryJobs } from "./job-changes.ts";
import { formatError } from "./job-errors.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { moment, wordsOption } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { jobPaints, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly queue?: string;
  readonly status?: readonly JobStatus[];
  readonly execution?: string;
}

/** `holdfast jobs`. */
export function buildJobs(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("jobs, by id"))
      .option("--queue <name>", "of this queue")
      .addOption(wordsOption("--status <status>", "in one of these statuses", wordsOf(jobPaints)))
      .option("--execution <id>", "of this execution"),
    "jobs list --queue mail --status ready,running",
    "jobs list --execution order-17 --json",
  ).action((flags: ListFlags) => list(context, flags));

  withExamples(
    command
      .command("get")
      .description("one job with its payload, result, progress and the errors of its attempts")
      .argument("<id>"),
    "jobs get 0199f6a2-…",
  ).action((id: string) =>
    withStore(context, async (store) => {
      const job = await store.jobs.require(id);
      await printRecord(context, { ...job, progress: (await store.jobs.progressOf(id))?.progress });
    }),
  );

  withExamples(
    withPage(command.command("log").description("what a job's handler logged, the oldest line first").argument("<id>")),
    "jobs log 0199f6a2-… --all",
  ).action((id: string, flags: PageFlags) =>
    withStore(context, async (store) => {
      const columns: readonly Column<Awaited<ReturnType<typeof store.jobs.log>>["items"][number]>[] = [
        { title: "AT", cell: ({ reportedAt }) => reportedAt.toISOString() },
        { title: "MESSAGE", cell: ({ message }) => message },
        { title: "DATA", cell: ({ data }) => (data === undefined ? "" : JSON.stringify(data)), yields: true },
      ];
      await printList(context, flags, { noun: "lines", columns, list: (page) => store.jobs.log(id, page) });
    }),
  );

  withExamples(
    withPage(command.command("dead").description("the dead jobs of a queue, with their errors").argument("<queue>")),
    "jobs dead mail",
    "jobs retry --queue mail --status dead",
  ).action((queue: string, flags: PageFlags) => dead(context, queue, flags));

  buildChanges(command, context);
}

function buildChanges(command: Command, context: Context): void {
  const selecting = (name: string, about: string, statuses: readonly JobStatus[]): Command =>
    withConfirmation(
      command
        .command(name)
        .description(about)
        .argument("[id...]", "these jobs; otherwise select them by options")
        .option("--queue <name>", "of this queue")
        .option("--group <key>", "of this group")
        .option("--execution <id>", "of this execution")
        .addOption(wordsOption("--status <status>", "in one of these statuses", statuses))
        .option("--pushed-before <time>", "pushed before a date, or so long ago: 2h", moment),
    );
  withExamples(
    selecting("retry", "run dead or canceled jobs again, with all their attempts", ["dead", "canceled"]),
    "jobs retry 0199f6a2-…",
    "jobs retry --queue mail --status dead",
    "jobs retry --queue mail --dry-run",
  ).action((ids: readonly string[], flags: ChangeFlags) => retryJobs(context, ids, flags));
  withExamples(
    selecting("cancel", "end unfinished jobs, even running ones", ["blocked", "scheduled", "ready", "running"]),
    "jobs cancel 0199f6a2-…",
    "jobs cancel --queue mail --status ready --pushed-before 2d",
    "jobs cancel --execution order-17 --yes",
  ).action((ids: readonly string[], flags: ChangeFlags) => cancelJobs(context, ids, flags));
}

const columns: readonly Column<Job>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "QUEUE", cell: ({ queue }) => queue, yields: true },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => jobPaints[status] },
  { title: "ATTEMPT", cell: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}`, isNumber: true },
  { title: "RUN AT", cell: ({ runAt }) => formatMoment(runAt), yields: true },
  { title: "EXECUTION", cell: ({ executionId }) => executionId ?? "", yields: true },
  { title: "HOLDER", cell: ({ holder }) => holder ?? "", yields: true },
];

function list(context: Context, { queue, status, execution, ...flags }: ListFlags): Promise<void> {
  return withStore(context, (store) =>
    printList(context, flags, {
      noun: "jobs",
      columns,
      toItem: withoutPayloads,
      list: (page) => store.jobs.list({ queue, status, executionId: execution, payloads: false, ...page }),
    }),
  );
}

const deadColumns: readonly Column<Job>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "ATTEMPTS", cell: ({ attempts }) => String(attempts), isNumber: true },
  { title: "DIED", cell: ({ finishedAt }) => formatMoment(finishedAt), yields: true },
  { title: "ERROR", cell: ({ error }) => formatError(error), paint: () => "red", yields: true },
];

function dead(context: Context, queue: string, flags: PageFlags): Promise<void> {
  return withStore(context, (store) =>
    printList(context, flags, {
      noun: "dead jobs",
      columns: deadColumns,
      toItem: (job) => without(job, "payload", "result"),
      list: (page) => store.jobs.deadLetters(queue, page),
    }),
  );
}

function withoutPayloads(job: Job): object {
  return without(job, "payload", "result", "error");
}
