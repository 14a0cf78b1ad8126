import { hintCanceledJobs, hintQueues, hintStopped } from "../claims/hints.ts";
import type { Codec } from "../core/codec.ts";
import { combinePlans, type Plan, unlessEmpty } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { type EncodedFailure, failSettledJobs } from "./acknowledge.ts";
import { encodeExpiredError } from "./claim.ts";
import {
  failOwners as failStatement,
  type FailOwnersRow,
  listFatalJobs,
  lockFailing as lockStatement,
} from "./statements.generated.ts";

/**
 * Locks the executions that fail if these attempts fail, and their parts. Must precede any lock on the jobs. If one fails, a step also
 * locks the other jobs that it touches, and the parts of the executions that it ends.
 */
export function lockFailing(
  failures: readonly Pick<EncodedFailure, "id" | "final">[],
  touched: readonly string[] = [],
  ending: readonly string[] = [],
): Plan<unknown> {
  return unlessEmpty(failures, () =>
    lockStatement({
      ids: failures.map(({ id }) => id),
      final: failures.map(({ final }) => final),
      touched,
      ending,
    }),
  );
}

/** Fails the executions of jobs that have just ended dead, if the jobs say so; null if no job has failed. */
export function failOwners(failures: readonly Pick<EncodedFailure, "id">[]): Plan<FailOwnersRow | null> {
  return unlessEmpty(failures, () => failStatement({ ids: failures.map(({ id }) => id) }));
}

/** Lost jobs that ended together with their executions. */
export interface EndedFatal {
  readonly died: readonly string[];
  readonly executions: readonly string[];
  readonly woken: readonly string[];
}

/** Notifies holders, workers and waiting callers of the consequences of failed jobs. */
export function hintFailed(session: Session, { executions, woken }: Omit<EndedFatal, "died">): void {
  hintStopped(session, executions, "failed");
  // The rest of an execution is canceled with it, running jobs included.
  if (executions.length > 0) hintCanceledJobs(session, woken);
  else hintQueues(session, woken);
}

/**
 * Ends lost jobs whose executions fail with them, at most `limit` per queue. Claims and rescues leave these jobs alone, because an
 * execution is locked before its jobs. Safe to repeat.
 */
export async function endFatal(
  session: Session,
  { codec, queues, limit }: { readonly codec: Codec; readonly queues: readonly string[]; readonly limit: number },
): Promise<EndedFatal> {
  const lost = await session.run(listFatalJobs({ queues, limit }));
  if (lost.length === 0) return { died: [], executions: [], woken: [] };
  const error = encodeExpiredError(codec);
  const failures = lost.map(({ id, token }) => ({ id, token, given: null, error, retryAfterMs: null, final: true }));
  const ends = combinePlans([lockFailing(failures), failSettledJobs.plan(failures), failOwners(failures)]);
  const [, outcomes, owners] = await session.run(ends);
  return {
    died: lost.filter((_, i) => outcomes[i]?.outcome.ok).map(({ id }) => id),
    executions: owners?.executions ?? [],
    woken: [...outcomes.flatMap(({ woken }) => woken), ...(owners?.woken ?? [])],
  };
}
