import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkCount, checkId, invalid } from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";
import { combinePlans, mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { encodeLabels, type Labels } from "../executions/executions.ts";
import type { Session } from "../session/session.ts";
import {
  lockLabeledThreads,
  lockThread,
  pruneThread,
  removeLabeledCheckpoints,
  removeThreads,
  removeUnusedParts,
} from "./statements.generated.ts";

/** What pruning keeps of a thread. */
export interface CheckpointPruning {
  /** How many ancestors of the newest checkpoint of each namespace are kept; none by default. */
  readonly ancestors?: number | undefined;
}

const pruning: Fields<CheckpointPruning> = fieldsOf<CheckpointPruning>({ ancestors: true });

/** Selects checkpoints to remove. */
export interface CheckpointSelection {
  /** With all of these labels: at least one. */
  readonly labels: Labels;
}

const selection: Fields<CheckpointSelection> = fieldsOf<CheckpointSelection>({ labels: true });

/** The removal of threads. Each outcome is whether the thread existed. */
export const removeThread: Write<string, boolean> = {
  name: "checkpoints.removeThread",
  keys: (thread) => [`checkpoint thread\0${thread}`],
  plan: (threads) => mapPlan(removeThreads({ threads }), (rows) => rows.map(({ removed }) => removed)),
};

/** Checks the names of threads. */
export function checkThreads(threads: readonly string[]): readonly string[] {
  return checkDistinct(checkEach(threads, "threads", checkId, batchItemsMax), "threads", (thread) => thread);
}

/** Removes the checkpoints of a thread that a pruning does not keep, and returns their number. */
export async function pruneCheckpoints(session: Session, given: string, options: CheckpointPruning): Promise<number> {
  const thread = checkId(given, "thread");
  const ancestors = checkCount(pruning.read(options, "pruning").ancestors ?? 0, "ancestors", 0);
  const plan = combinePlans([
    lockThread({ thread }),
    pruneThread({ thread, ancestors }),
    removeUnusedParts({ threads: [thread] }),
  ]);
  return session.run(mapPlan(plan, ([locked, { removed }]) => (locked?.isAlive === true ? removed : 0)));
}

/** Removes the checkpoints with these labels, and returns their number. */
export async function removeLabeled(session: Session, given: CheckpointSelection): Promise<number> {
  const labels = encodeLabels(selection.read(given, "selection").labels);
  if (labels === "{}") throw invalid("labels", "has no label: give at least one, or remove whole threads");
  return session.transaction(async (inner) => {
    const threads = (await inner.run(lockLabeledThreads({ labels }))).map(({ thread }) => thread);
    if (threads.length === 0) return 0;
    const plan = combinePlans([removeLabeledCheckpoints({ labels, threads }), removeUnusedParts({ threads })]);
    return inner.run(mapPlan(plan, ([{ removed }]) => removed));
  });
}
