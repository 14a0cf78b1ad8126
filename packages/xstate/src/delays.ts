import { type AnyActorRef, type AnyMachineSnapshot, StateMachine } from "xstate";

/** A delay that begins. */
export interface Delay {
  readonly eventType: string;
  readonly ms: number;
}

/** The delayed transitions (`after`) of the states that an actor is in; none for other logics than machines. */
export function delaysOf(actor: AnyActorRef): readonly Delay[] {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  if (snapshot.status !== "active" || !(snapshot.machine instanceof StateMachine)) return [];
  const delays: unknown = snapshot.machine.implementations.delays;
  const named = new Map(Object.entries(delays as Readonly<Record<string, unknown>>));
  const context: unknown = snapshot.context;
  const given = { context, event: { type: "xstate.init" }, self: actor, system: actor.system };
  const all = snapshot._nodes.flatMap(({ after }) => after as readonly { delay: unknown; eventType: string }[]);
  return all.flatMap(({ delay, eventType }): readonly Delay[] => {
    const found = typeof delay === "string" ? named.get(delay) : delay;
    const ms = isFunction(found) ? found(given) : found;
    return typeof ms === "number" ? [{ eventType, ms }] : [];
  });
}

function isFunction(value: unknown): value is (given: unknown) => unknown {
  return typeof value === "function";
}
