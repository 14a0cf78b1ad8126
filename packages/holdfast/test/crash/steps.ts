import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, openStore, type Store, UnavailableError } from "../../src/index.ts";
import { Child, type Oracle } from "./support.ts";

/** The executions whose steps are interrupted. */
export const executionIds: readonly string[] = ["execution-0", "execution-1", "execution-2"];

/** Makes a step, whose answer may be lost. */
export async function makeStep(store: Store, oracle: Oracle, executionId: string, step: string): Promise<void> {
  oracle.begin(step);
  const { execution, entries } = await store.executions.transition(executionId, stepInput(executionId, step));
  oracle.acknowledge(step, { executionId, version: execution?.version ?? 0, number: entries[0] ?? 0 });
}

/** The same in a transaction of several round trips, whose COMMIT may be lost. */
export async function makeStepInParts(store: Store, oracle: Oracle, executionId: string, step: string): Promise<void> {
  oracle.begin(step);
  const { version, number } = await store.transaction(async (tx) => {
    const { history, jobs, ...change } = stepInput(executionId, step);
    const { execution } = await tx.executions.transition(executionId, change);
    const [first = 0] = await tx.history.append(executionId, history);
    await tx.jobs.pushMany(jobs);
    return { version: execution?.version ?? 0, number: first };
  });
  oracle.acknowledge(step, { executionId, version, number });
}

function stepInput(executionId: string, step: string) {
  return {
    state: step,
    history: [{ kind: step }],
    jobs: [{ id: step, queue: "steps", executionId }],
    components: [{ component: "last", state: step }],
  };
}

/** Makes steps over and over, and goes on after each outage, until `isOver`. */
export async function makeSteps(store: Store, oracle: Oracle, name: string, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const executionId = executionIds[turn % executionIds.length] ?? "";
    const make = turn % 2 === 0 ? makeStep : makeStepInParts;
    try {
      await make(store, oracle, executionId, `${name}-${turn}`);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await sleep(10);
    }
  }
}

/** Kills a process that makes steps in a folder, after some of them, and tells the oracle what it said. */
export async function killStepper(connection: ConnectionOptions, oracle: Oracle, life: number): Promise<void> {
  const child = new Child("step", connection, `life-${life}`);
  await child.said("end", 1 + Math.floor(Math.random() * 60));
  // So that it dies anywhere in a step, and not always right after one.
  await sleep(Math.random() * 10);
  await child.kill();
  for (const line of child.linesOf("begin")) oracle.begin(line.split(" ")[1] ?? "");
  for (const line of child.linesOf("end")) {
    const [executionId = "", step = "", version = "", number = ""] = line.split(" ");
    oracle.acknowledge(step, { executionId, version: Number(version), number: Number(number) });
  }
}

/** Makes the executions. */
export async function prepareSteps(connection: ConnectionOptions): Promise<void> {
  const store = await openStore(connection);
  await store.executions.createMany(executionIds.map((id) => ({ id })));
  await store.close();
}
