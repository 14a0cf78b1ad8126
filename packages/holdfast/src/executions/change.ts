import { loneOf } from "../database/batches.ts";
import { type Codec, encodeOptional, type JsonText } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import { type Status, statusLabels } from "../database/enums.generated.ts";
import { checkId, checkOneOf } from "../database/input.ts";
import { lockedByEnds } from "../database/lock-order.ts";
import { chainPlans, mapPlan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { decodeUsage, encodeUsage, type Usage } from "../usage.ts";
import { type ExecutionHead, hasEnded, toHead } from "./execution.ts";
import { encodeLabelChanges, type LabelChanges } from "./labels.ts";
import { checkExpectation, type ExecutionExpectation } from "./save.ts";
import {
  addUsage,
  changeExecution as changeOne,
  changeExecutions,
  lockRemovedExecutions,
  removeExecutions,
} from "./statements.generated.ts";

/** What to change of an execution; all that is left out stays as it is. */
export interface ExecutionChange extends ExecutionExpectation {
  readonly status?: Status | undefined;
  readonly state?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  /** Set one by one; a label given as null is taken away. */
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
    ...checkExpectation(change, 1),
    id: checkId(id, "id"),
    status: change.status === undefined ? null : checkOneOf(change.status, "status", statusLabels),
    labels: encodeLabelChanges(change.labels),
    usage: encodeUsage(change.usage),
    state: encodeOptional(codec, change.state, "state"),
    output: encodeOptional(codec, change.output, "output"),
    error: encodeError(codec, change.error, "error"),
  };
}

/** The write of changes: it locks the execution's row and settles whether the caller may. */
export const changeExecution: Write<EncodedChange, ExecutionHead> = {
  name: "executions.change",
  keys: ({ id }) => [`execution\0${id}`],
  locks: ({ status }) => (hasEnded(status) ? lockedByEnds : ["executions"]),
  plan: (rows) => {
    const only = loneOf(rows);
    if (only) {
      return mapPlan(changeOne({ ...only, expected: only.expectedVersion }), (changed) => [toHead(changed)]);
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
    return mapPlan(plan, (changed) => changed.map(toHead));
  },
};

/** What to add to the counters of one execution, checked and encoded. */
export interface EncodedUsage {
  readonly id: string;
  readonly usage: JsonText;
}

/** The write of counters. Additions to one execution travel together too, for the statement sums them first. */
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
