import type { Status } from "../core/enums.generated.ts";
import type { Session } from "../session/session.ts";
import type { Claim } from "./claims.ts";

interface Outcome {
  readonly ok: boolean;
}

/** A claim, with its result or error. */
interface Given extends Claim {
  readonly given: unknown;
}

/** Emits the completions that were accepted; all of them where no outcomes are given. */
export function emitCompleted(session: Session, completions: readonly Given[], outcomes?: readonly Outcome[]): void {
  session.count("jobs.succeeded", outcomes?.filter(({ ok }) => ok).length ?? completions.length);
  if (!session.hasListeners("job.completed")) return;
  for (const [i, { id, token, given }] of completions.entries()) {
    if (outcomes?.[i]?.ok ?? true) session.emit("job.completed", { id, token, result: given });
  }
}

/** Emits the failures that were accepted: whether each job is tried again, or dead. */
export function emitFailed(
  session: Session,
  failures: readonly Given[],
  outcomes: readonly (Outcome & { readonly runAt?: Date })[],
): void {
  const accepted = outcomes.filter(({ ok }) => ok);
  const dead = accepted.filter(({ runAt }) => runAt === undefined).length;
  session.count("jobs.failed", accepted.length - dead);
  session.count("jobs.dead", dead);
  if (!session.hasListeners("job.failed") && !session.hasListeners("job.dead")) return;
  for (const [i, { id, token, given }] of failures.entries()) {
    const { ok, runAt } = outcomes[i] ?? { ok: false };
    if (!ok) continue;
    if (runAt === undefined) session.emit("job.dead", { id, token, error: given });
    else session.emit("job.failed", { id, token, error: given, runAt });
  }
}

/** Emits jobs that ended dead because their last lease ran out. */
export function emitExpired(session: Session, ids: readonly string[]): void {
  session.count("jobs.dead", ids.length);
  if (!session.hasListeners("job.dead")) return;
  for (const id of ids) session.emit("job.dead", { id, token: null, error: null });
}

/** Emits the jobs that were canceled among those that were named. */
export function emitCanceled(session: Session, ids: readonly string[], areCanceled: readonly boolean[]): void {
  session.count("jobs.canceled", areCanceled.filter(Boolean).length);
  if (!session.hasListeners("job.canceled")) return;
  for (const [i, id] of ids.entries()) if (areCanceled[i]) session.emit("job.canceled", { id });
}

function isEnd(status: Status): status is "succeeded" | "failed" | "timed_out" | "canceled" {
  return status === "succeeded" || status === "failed" || status === "timed_out" || status === "canceled";
}

/** Emits executions that ended. */
export function emitEnded(session: Session, ids: readonly string[], status: Status): void {
  if (isEnd(status)) session.count(`executions.${status}`, ids.length);
  if (!session.hasListeners("execution.ended")) return;
  for (const id of ids) session.emit("execution.ended", { id, status });
}
