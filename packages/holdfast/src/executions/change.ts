import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Status, statusLabels } from "../core/enums.generated.ts";
import { checkId, checkOneOf } from "../core/input.ts";
import { lockedByEnds } from "../core/lock-order.ts";
import { chainPlans, loneOf, mapPlan } from "../core/plan.ts";
import { encodeError } from "../core/thrown.ts";
import { decodeUsage, encodeUsage, type Usage } from "../core/usage.ts";
import type { Write } from "../core/write.ts";
import { type ExecutionHead, hasEnded, toWrittenHead } from "./execution.ts";
import { encodeLabelChanges, type LabelChanges } from "./labels.ts";
import { checkExpectation, type ExecutionExpectation } from "./save.ts";
import {
  addUsage,
  changeExecution as changeOne,
  changeExecutions,
  lockRemovedExecutions,
  removeExecutions,
} from "./statements.generated.ts";

/** The changes to an execution; omitted fields stay as they are. */
export interface ExecutionChange extends ExecutionExpectation {
  readonly status?: Status | undefined;
  readonly state?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  /** Set one by one; null removes a label. */
  readonly labels?: LabelChanges | undefined;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
}

/** A change of one execution, checked and encoded. */
export interface EncodedChange {
  readonly id: string;
  readonly token: number | null;
  readonly expectedVersion: number | null;
  readonly status: Status | null;
  readonly labels: JsonText | null;
  readonly usage: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** Checks and encodes a change. */
export function encodeChange(codec: Codec, id: string, change: ExecutionChange): EncodedChange {
  return {
    id: checkId(id, "id"),
    ...checkExpectation(change, 1),
    status: change.status === undefined ? null : checkOneOf(change.status, "status", statusLabels),
    labels: encodeLabelChanges(change.labels),
    usage: encodeUsage(change.usage),
    state: encodeOptional(codec, change.state, "state"),
    output: encodeOptional(codec, change.output, "output"),
    error: encodeError(codec, change.error, "error"),
  };
}

/** The write of changes. It locks the execution's row and checks whether the caller may change it. */
export const changeExecution: Write<EncodedChange, ExecutionHead> = {
  name: "executions.change",
  keys: ({ id }) => [`execution\0${id}`],
  locks: ({ status }) => (hasEnded(status) ? lockedByEnds : ["executions"]),
  plan: (rows) => {
    const only = loneOf(rows);
    if (only) {
      return mapPlan(changeOne({ ...only, expected: only.expectedVersion }), (changed) => [toWrittenHead(changed)]);
    }
    const plan = changeExecutions({
      ids: rows.map((row) => row.id),
      tokens: rows.map((row) => row.token),
      expected: rows.map((row) => row.expectedVersion),
      statuses: rows.map((row) => row.status),
      labels: rows.map((row) => row.labels),
      usages: rows.map((row) => row.usage),
      states: rows.map((row) => row.state),
      outputs: rows.map((row) => row.output),
      errors: rows.map((row) => row.error),
    });
    return mapPlan(plan, (changed) => changed.map(toWrittenHead));
  },
};

/** Additions to the counters of one execution, checked and encoded. */
export interface EncodedUsage {
  readonly id: string;
  readonly usage: JsonText;
}

/** The write of counters. Additions to one execution can share a batch, because the statement sums them first. */
export const addExecutionUsage: Write<EncodedUsage, Usage> = {
  name: "executions.addUsage",
  keys: () => [],
  order: ({ id }) => `execution\0${id}`,
  plan: (rows) => {
    const plan = addUsage({ ids: rows.map((row) => row.id), usages: rows.map((row) => row.usage) });
    return mapPlan(plan, (changed) => changed.map((row) => decodeUsage(row.usage)));
  },
};

/** The write that removes executions. */
export const removeExecution: Write<string, boolean> = {
  name: "executions.remove",
  isApart: true,
  keys: (id) => [`execution\0${id}`],
  plan: (ids) =>
    chainPlans(lockRemovedExecutions({ ids }), (rows) => {
      const family = new Set(rows.map((row) => row.id));
      const present = ids.filter((id) => family.has(id));
      return mapPlan(removeExecutions({ ids: present, familyIds: [...family] }), () => ids.map((id) => family.has(id)));
    }),
};
