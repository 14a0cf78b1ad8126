import type { ClaimDueTimersArgs, TimerWakeup, WorkflowLease } from "@tanstack/workflow-runtime";
import { defineKv } from "holdfast";
import { isFree, leaseOf } from "./leases.ts";
import { recordOf, type RunRecord } from "./record.ts";
import type { Nouns } from "./runs.ts";
import { checkLimit, checkMoment, escaped, idOf, keyOfParts, momentText } from "./text.ts";

interface StoredTimer extends TimerWakeup {
  readonly lease: WorkflowLease | null;
}

/** The timers of all runs, by due time: the keys begin with it. */
const timers = defineKv<StoredTimer>("tanstack-workflow/timers");

function keyOf(runId: string, wakeAt: number, signalId: string): string {
  return keyOfParts(momentText(wakeAt), runId, escaped(signalId, "signalId"));
}

/** Stores a timer in place of the one with the same signal id, and returns the record that names it. */
export async function putTimer({ kv }: Nouns, id: string, record: RunRecord, timer: TimerWakeup): Promise<RunRecord> {
  const { signalId, wakeAt } = timer;
  const before = record.timers[signalId];
  if (before !== undefined && before !== wakeAt) await kv.remove(timers, keyOf(id, before, signalId));
  const value = { ...timer, lease: null };
  await kv.set({ prefix: timers, key: keyOf(id, checkMoment(wakeAt, "wakeAt"), signalId), value });
  return { ...record, timers: { ...record.timers, [signalId]: wakeAt } };
}

/** Removes the timer of a delivered signal, and returns the record without it. */
export async function removeTimer({ kv }: Nouns, id: string, record: RunRecord, signalId: string): Promise<RunRecord> {
  const { [signalId]: wakeAt, ...rest } = record.timers;
  if (wakeAt === undefined) return record;
  await kv.remove(timers, keyOf(id, wakeAt, signalId));
  return { ...record, timers: rest };
}

/** Removes all timers of a run. */
export async function removeTimers({ kv }: Nouns, id: string, record: RunRecord): Promise<void> {
  const keys = Object.entries(record.timers).map(([signalId, wakeAt]) => keyOf(id, wakeAt, signalId));
  await kv.removeMany(keys.map((key) => ({ prefix: timers, key })));
}

/** Claims due timers, the earliest first. A timer whose run was removed is removed too. */
export async function claimDueTimers(
  nouns: Nouns,
  { now, limit, ...lease }: ClaimDueTimersArgs,
): Promise<TimerWakeup[]> {
  const claimed: TimerWakeup[] = [];
  const left = checkLimit(limit);
  if (left === 0) return claimed;
  const lt = momentText(checkMoment(now, "now") + 1);
  for await (const entry of nouns.kv.iterate(timers, { lt, limit: Math.min(1000, left + 10) })) {
    const { lease: held, ...timer } = entry.value;
    if (timer.wakeAt > now || !isFree(held, { ...lease, now })) continue;
    const id = idOf(timer.runId);
    const execution = await nouns.executions.get(id);
    if (!execution || !recordOf(execution)) {
      await nouns.kv.remove(timers, entry.key);
      continue;
    }
    const value = { ...timer, lease: leaseOf({ ...lease, now }) };
    const { key, version: expectedVersion } = entry;
    const { ok } = await nouns.kv.compareAndSet({ prefix: timers, key, value, expectedVersion });
    if (ok) claimed.push(timer);
    if (claimed.length === left) break;
  }
  return claimed;
}
