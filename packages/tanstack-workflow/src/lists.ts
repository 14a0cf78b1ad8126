import type { ListRunsArgs, RunSummary, WorkflowExecution, WorkflowExecutionStatus } from "@tanstack/workflow-runtime";
import type { Store, Transaction } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import { orderLabel, type RunFilter } from "./labels.ts";
import { recordOf, runOf } from "./record.ts";
import { checkLimit, escaped } from "./text.ts";

type Executions = Pick<Store | Transaction, "executions">["executions"];

/** The most runs of a page. */
const pageMax = 1000;

const statuses: Readonly<Record<WorkflowExecutionStatus, true>> = {
  queued: true,
  running: true,
  paused: true,
  finished: true,
  errored: true,
  aborted: true,
};

/** Lists runs, the last updated first. The cursor is the number of runs to skip. */
export async function listRuns(
  { executions }: { readonly executions: Executions },
  { limit, cursor, ...filter }: ListRunsArgs,
): Promise<readonly RunSummary[]> {
  checkLimit(limit);
  const skipped = checkSkip(cursor);
  const query = { orderBy: { label: orderLabel(checkFilter(filter)) }, order: "desc" } as const;
  const summaries: RunSummary[] = [];
  let read = 0;
  let after: string | undefined;
  while (read < skipped + limit) {
    // Runs that are skipped are read without their payloads.
    const payloads = read >= skipped;
    const size = Math.min((payloads ? skipped + limit : skipped) - read, pageMax);
    const page = await executions.list({ ...query, payloads, limit: size, ...(after !== undefined && { after }) });
    read += page.items.length;
    const records = payloads ? page.items.map((item) => recordOf(item)) : [];
    summaries.push(...records.flatMap((record) => (record ? [summaryOf(runOf(record))] : [])));
    if (page.next === null) break;
    after = page.next;
  }
  return summaries;
}

/** The list entry of a run. */
function summaryOf(run: WorkflowExecution): RunSummary {
  const { input: _input, output: _output, error: _error, lease: _lease, ...summary } = run;
  return summary;
}

function checkFilter({ workflowId, status }: Pick<ListRunsArgs, "workflowId" | "status">): RunFilter {
  if (status !== undefined && !Object.hasOwn(statuses, status)) {
    const names = Object.keys(statuses).join(", ");
    throw new InvalidInputError(`status must be one of ${names}.`, { facts: { field: "status" } });
  }
  return { workflow: workflowId ? escaped(workflowId, "workflowId") : undefined, status };
}

function checkSkip(cursor: string | undefined): number {
  const skipped = Number(cursor ?? 0);
  if (Number.isSafeInteger(skipped) && skipped >= 0) return skipped;
  throw new InvalidInputError("cursor must be the number of runs to skip.", { facts: { field: "cursor" } });
}
