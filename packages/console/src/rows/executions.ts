import type { Execution, HistoryEntry } from "holdfast";
import type { ComponentState } from "holdfast/components";
import type { Task, TaskSummary } from "holdfast/tasks";
import type { Payloads } from "../answers/payloads.ts";
import type { ComponentRow, ExecutionRow, HistoryRow, TaskRow } from "../protocol/index.ts";
import { plain } from "./plain.ts";

/** An execution without its payloads. */
export function executionRow({ input: _i, state: _s, output: _o, error: _e, ...head }: Execution): ExecutionRow {
  return plain(head);
}

/** A task without its payloads. */
export function taskRow(task: Task | TaskSummary): TaskRow {
  const { input: _i, output: _o, error: _e, ...summary } = { input: null, output: null, error: null, ...task };
  return plain(summary);
}

/** A component's state. */
export function componentRow(show: Payloads, { executionId, state, ...head }: ComponentState): ComponentRow {
  const place = { of: "component", id: executionId, component: head.component } as const;
  return { ...plain(head), state: show.showGiven(state, place) };
}

/** An entry of history. */
export function historyRow(show: Payloads, { executionId, payload, ...head }: HistoryEntry): HistoryRow {
  return { ...plain(head), payload: show.show(payload, { of: "history", id: executionId, number: head.number }) };
}
