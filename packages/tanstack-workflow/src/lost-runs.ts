import type { ClaimStaleRunsArgs, RunClaim } from "@tanstack/workflow-runtime";
import type { Store, Transaction } from "holdfast";
import { abandoned } from "./ends.ts";
import { lostAtLabel } from "./labels.ts";
import { leaseOf } from "./leases.ts";
import { changed, type Delivery, isOver, type RunRecord, runOf } from "./record.ts";
import { changeRun, type RunStep } from "./runs.ts";
import { checkLimit, checkMoment, unescaped } from "./text.ts";

/** The claim of a run whose process was lost. */
export interface LostRun extends RunClaim {
  /** What was delivered to it, if its log may not have it. */
  readonly delivery: Delivery | null;
}

/** Which lost runs to claim. */
export interface ClaimLostRunsArgs extends ClaimStaleRunsArgs {
  /** Of these workflows only. */
  readonly workflows?: readonly string[];
}

/** Claims the runs whose lease has expired, the longest first. */
export async function claimStaleRuns(
  place: Store | Transaction,
  args: ClaimStaleRunsArgs,
): Promise<readonly RunClaim[]> {
  const claims = await claim(place, args, (record) => isStale(record, args.now));
  return claims.map(({ run, lease }) => ({ run, lease }));
}

/** Claims also the runs that nobody drives since a delivery: the process that delivered was lost before it claimed the run. */
export async function claimLostRuns(place: Store | Transaction, args: ClaimLostRunsArgs): Promise<readonly LostRun[]> {
  const wanted = args.workflows && new Set(args.workflows);
  return claim(place, args, (record) => {
    const { status, workflowId } = runOf(record);
    if (wanted && !wanted.has(workflowId)) return false;
    return isStale(record, args.now) || (status === "queued" && Boolean(record.delivery));
  });
}

function isStale(record: RunRecord, now: number): boolean {
  return runOf(record).status === "running" && isExpired(record, now);
}

function isExpired({ lease }: RunRecord, now: number): boolean {
  return lease !== null && lease.expiresAt <= now;
}

async function claim(
  place: Store | Transaction,
  args: ClaimStaleRunsArgs,
  isLost: (record: RunRecord) => boolean,
): Promise<readonly LostRun[]> {
  const claims: LostRun[] = [];
  const limit = checkLimit(args.limit);
  const labels = { [lostAtLabel]: { lte: checkMoment(args.now, "now") } };
  leaseOf(args);
  if (limit === 0) return claims;
  const request = { labels, orderBy: { label: lostAtLabel }, payloads: false, limit: Math.min(limit + 10, 1000) };
  for await (const { id } of place.executions.iterate(request)) {
    const claimed = await changeRun(place, unescaped(id), async (found, nouns): Promise<RunStep<LostRun | null>> => {
      const { record } = found;
      const isEnded = isOver(runOf(record)) && isExpired(record, args.now);
      if (isEnded) return { ...(await abandoned(found, nouns)), answer: null };
      if (!isLost(record)) return { answer: null };
      const lease = leaseOf(args);
      const next = { ...changed(record, { status: "running", updatedAt: args.now }), lease };
      return { record: next, answer: { run: runOf(next), lease, delivery: record.delivery ?? null } };
    });
    if (claimed) claims.push(claimed);
    if (claims.length === limit) break;
  }
  return claims;
}
