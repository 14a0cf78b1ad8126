import { NotFoundError } from "../errors/index.ts";
import type { Store } from "../index.ts";
import type { JobSelection, JobStatus, ManyChanged } from "../jobs/index.ts";
import { type ConfirmFlags, confirm, requireConsent } from "./confirmation.ts";
import { type Context, UsageError } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruptionSignal } from "./interruption.ts";
import { formatNumber } from "./moments.ts";
import { withStore } from "./opening.ts";
import { showProgress } from "./progress.ts";

/** The options of `retry` and `cancel`. */
export interface ChangeFlags extends ConfirmFlags {
  readonly queue?: string;
  readonly group?: string;
  readonly execution?: string;
  readonly status?: readonly JobStatus[];
  readonly pushedBefore?: Date;
}

/** What `retry` and `cancel` differ in. */
interface Change {
  readonly verb: "retry" | "cancel";
  readonly done: "retried" | "canceled";
  readonly one: (store: Store, id: string) => Promise<boolean>;
  readonly many: (store: Store, selection: JobSelection) => Promise<ManyChanged>;
}

/** `holdfast jobs retry`. */
export function retryJobs(context: Context, ids: readonly string[], flags: ChangeFlags): Promise<void> {
  return changeJobs(context, ids, flags, {
    verb: "retry",
    done: "retried",
    one: (store, id) => store.jobs.retry(id),
    many: (store, selection) => store.jobs.retryAll(selection),
  });
}

/** `holdfast jobs cancel`. */
export function cancelJobs(context: Context, ids: readonly string[], flags: ChangeFlags): Promise<void> {
  return changeJobs(context, ids, flags, {
    verb: "cancel",
    done: "canceled",
    one: (store, id) => store.jobs.cancel(id),
    many: (store, selection) => store.jobs.cancelAll(selection),
  });
}

async function changeJobs(context: Context, ids: readonly string[], flags: ChangeFlags, change: Change): Promise<void> {
  const { yes, dryRun, ...filter } = flags;
  const hasFilter = Object.values(filter).some((value) => value !== undefined);
  if (ids.length > 0 === hasFilter) {
    throw new UsageError("Name jobs by their ids, or select them by options: one of both.");
  }
  if (filter.queue === undefined && filter.execution === undefined && ids.length === 0) {
    throw new UsageError("Select the jobs of a queue or of an execution: add --queue or --execution.");
  }
  requireConsent(context, flags);
  await withStore(context, (store) =>
    ids.length > 0
      ? changeNamed(context, store, { ids, flags: { yes, dryRun } as ConfirmFlags, change })
      : changeSelected(context, store, { filter, flags: { yes, dryRun } as ConfirmFlags, change }),
  );
}

async function changeNamed(
  context: Context,
  store: Store,
  { ids, flags, change }: { readonly ids: readonly string[]; readonly flags: ConfirmFlags; readonly change: Change },
): Promise<void> {
  const found = await store.jobs.getMany(ids);
  const missing = ids.filter((_, i) => found[i] === null);
  if (missing.length > 0) throw new NotFoundError(`There is no job ${missing.join(", ")}: \`jobs list\` lists them.`);
  const described = found.flatMap((job) => (job === null ? [] : [`${job.id} of queue ${job.queue} (${job.status})`]));
  if (!(await confirm(context, `${change.verb} ${described.join(", ")}`, flags))) return;
  const changed: string[] = [];
  for (const id of ids) if (await change.one(store, id)) changed.push(id);
  if (changed.length < ids.length) {
    const left = ids.filter((id) => !changed.includes(id));
    await context.note(`in no status to ${change.verb}: ${left.join(", ")}`);
    context.exitCode = exitCodes.failed;
  }
  await report(context, change, changed.length);
}

async function changeSelected(
  context: Context,
  store: Store,
  {
    filter: { execution, status, ...rest },
    flags,
    change,
  }: { readonly filter: Omit<ChangeFlags, keyof ConfirmFlags>; readonly flags: ConfirmFlags; readonly change: Change },
): Promise<void> {
  const selection: JobSelection = { ...rest, executionId: execution, status, limit: portionMax };
  const count = await eachPage((after) => change.many(store, { ...selection, after, dryRun: true }));
  if (count === 0) {
    await report(context, change, 0);
    return;
  }
  const of = [
    ...(rest.queue === undefined ? [] : [`of queue ${rest.queue}`]),
    ...(execution === undefined ? [] : [`of execution ${execution}`]),
  ];
  const what = `${change.verb} ${formatNumber(count)} ${count === 1 ? "job" : "jobs"} ${of.join(" ")}`;
  if (!(await confirm(context, what, flags))) return;
  const signal = interruptionSignal({ advice: `run the command again to ${change.verb} the rest` });
  const bar = await showProgress(context, count, "jobs");
  try {
    const changed = await eachPage(
      (after) => change.many(store, { ...selection, limit: portionOf(count), after }),
      (done) => {
        bar.update(done);
        signal.throwIfAborted();
      },
    );
    bar.stop();
    await report(context, change, changed);
  } finally {
    bar.stop();
  }
}

/** The most jobs of one call. */
const portionMax = 10_000;

/** How many jobs to change at once: few enough to show progress, and no fewer, because each call searches the whole queue. */
function portionOf(count: number): number {
  return Math.min(portionMax, Math.max(1000, Math.ceil(count / 50)));
}

async function eachPage(
  call: (after: string | undefined) => Promise<ManyChanged>,
  onProgress: (done: number) => void = () => undefined,
): Promise<number> {
  let total = 0;
  let after: string | undefined;
  for (;;) {
    const { changed, next } = await call(after);
    total += changed;
    onProgress(total);
    if (next === null) return total;
    after = next;
  }
}

function report(context: Context, { done }: Change, count: number): Promise<void> {
  if (context.isJson) return context.printJson({ [done]: count });
  return context.print(`${done} ${formatNumber(count)} ${count === 1 ? "job" : "jobs"}`);
}
