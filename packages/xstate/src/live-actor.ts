import type { InvalidInputError } from "holdfast/errors";
import type { ClaimedExecution } from "holdfast/executions";
import type { HistoryEntry } from "holdfast/history";
import { Actor, type AnyActorLogic, type AnyActorRef, type Snapshot, StateMachine } from "xstate";
import { ActorClock } from "./clock.ts";
import { delaysOf } from "./delays.ts";
import { invalid } from "./input.ts";
import { type CheckedMachine, migrated, misfit } from "./machines.ts";
import { withPlainErrors } from "./plain-errors.ts";
import { eventKind, type StoredActor, type StoredTimer } from "./stored-actor.ts";

/** What an actor is made of. */
export interface LiveActorOptions {
  readonly machine: CheckedMachine;
  readonly execution: ClaimedExecution;
  readonly stored: StoredActor | null;
  /** The time by the database's clock. */
  readonly now: number;
  /** Called when the actor, or one of its descendants, has a new snapshot. */
  readonly onChange: () => void;
}

/** An actor that runs in this process. */
export class LiveActor {
  readonly #actor: Actor<AnyActorLogic>;
  readonly #clock = new ActorClock();
  readonly #machine: CheckedMachine;
  /** The version that wrote the snapshot; null if there is none. */
  readonly #from: number | null;
  readonly #timers: readonly StoredTimer[];
  /** The time of the database when this process's clock is at zero. */
  readonly #epoch: number;
  #applied: number;
  #isChanged: boolean;

  constructor({ machine, execution, stored, now, onChange }: LiveActorOptions) {
    this.#machine = machine;
    this.#from = stored?.version ?? null;
    this.#epoch = now - performance.now();
    this.#applied = stored?.applied ?? 0;
    this.#timers = stored?.timers ?? [];
    this.#isChanged = false;
    this.#actor = new Actor(machine.logic, {
      id: execution.id,
      clock: this.#clock,
      input: execution.input,
      ...(stored && { snapshot: migrated(machine, stored.snapshot, stored.version) }),
      inspect: ({ type }) => {
        if (type !== "@xstate.snapshot") return;
        this.#isChanged = true;
        onChange();
      },
    });
    // Without an observer, XState throws the error of an actor where nobody catches it.
    this.#actor.subscribe({ error: () => undefined });
    // XState makes a failed actor of a snapshot that its machine cannot take.
    if (stored?.snapshot.status === "active" && this.snapshot.status === "error") {
      throw misfit(machine, stored.version, this.snapshot.error);
    }
    this.#isChanged = stored === null || stored.version !== machine.version;
  }

  /** The number of the last event that it was sent. */
  get applied(): number {
    return this.#applied;
  }

  /** Whether there is something to store. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  get snapshot(): Snapshot<unknown> {
    return this.#actor.getSnapshot() as Snapshot<unknown>;
  }

  /** Starts it with its delayed events. Those that became due meanwhile come first, in their order. */
  start(): void {
    const isChanged = this.#isChanged;
    this.#actor.start();
    const { scheduler } = this.#actor.system;
    for (const { source, target, event, id, dueAt } of this.#timers) {
      const [from, to] = [this.#find(source), this.#find(target)];
      if (from && to) scheduler.schedule(from, to, event, dueAt - this.#epoch - performance.now(), id);
    }
    if (this.#from !== null && this.#from !== this.#machine.version) this.#beginDelays(this.#from);
    // To start again changes nothing by itself.
    this.#isChanged = isChanged;
    this.#clock.runDue();
  }

  /** Begins the delays of its states that no timer came along for: those that a new version has given other names or lengths. */
  #beginDelays(from: number): void {
    const { scheduler } = this.#actor.system;
    const timers = Object.values(this.#actor.system.getSnapshot()._scheduledEvents);
    try {
      for (const actor of this.#family().keys()) {
        for (const { eventType, ms } of delaysOf(actor)) {
          const isTimed = timers.some(({ source, event }) => source === actor && event.type === eventType);
          if (!isTimed) scheduler.schedule(actor, actor, { type: eventType }, ms, eventType);
        }
      }
    } catch (error) {
      throw misfit(this.#machine, from, error);
    }
  }

  /** Sends it what its mailbox holds, and runs what is due. */
  apply(entries: readonly HistoryEntry[]): void {
    for (const { number, kind, payload } of entries) {
      this.#clock.runDue();
      if (this.snapshot.status !== "active") return;
      // What was sent to it.
      if (kind === eventKind && number > this.#applied) this.#actor.send(payload);
      this.#applied = Math.max(this.#applied, number);
      this.#isChanged = true;
    }
    this.#clock.runDue();
  }

  /** Whether only an event or a delay can change it: no promise, callback, observable or unknown logic runs in it. */
  isIdle(): boolean {
    return [...this.#family().keys()].every((actor) => {
      if (snapshotOf(actor).status !== "active" || !isActor(actor)) return true;
      const { logic } = actor;
      return logic instanceof StateMachine || logic.start === undefined;
    });
  }

  /** When its next delayed event is due, by the database's clock; null without one. */
  nextAt(): Date | null {
    const inMs = this.nextInMs();
    return inMs === null ? null : new Date(Math.min(Math.ceil(this.#epoch + performance.now() + inMs), lastInstant));
  }

  nextInMs(): number | null {
    return this.#clock.nextInMs();
  }

  /** What to store of it now. */
  toStored(): StoredActor {
    const paths = this.#family();
    const scheduled = Object.values(this.#actor.system.getSnapshot()._scheduledEvents);
    const timers = scheduled.flatMap(({ source, target, event, id, startedAt, delay }): readonly StoredTimer[] => {
      if (Number.isNaN(delay)) throw invalid("delay", `of ${event.type} is not a number of milliseconds`);
      const [from, to] = [paths.get(source), paths.get(target)];
      const dueAt = this.#epoch + performance.now() + startedAt + delay - Date.now();
      return from && to && dueAt < Infinity ? [{ source: from, target: to, event, id, dueAt }] : [];
    });
    const stored = withPlainErrors({
      version: this.#machine.version,
      applied: this.#applied,
      snapshot: this.#actor.getPersistedSnapshot(),
      timers: timers.toSorted((a, b) => a.dueAt - b.dueAt),
      hasProgressed: true,
    });
    this.#isChanged = false;
    return stored;
  }

  stop(): void {
    this.#actor.stop();
  }

  /** It and its descendants, with the ids that lead to them. */
  #family(): ReadonlyMap<AnyActorRef, readonly string[]> {
    const paths = new Map<AnyActorRef, readonly string[]>([[this.#actor, []]]);
    // A map is iterated over what is added meanwhile, too.
    for (const [actor, path] of paths) {
      for (const [id, child] of Object.entries(childrenOf(actor))) {
        if (id === child.sessionId || id === "undefined") throw nameless(actor.id);
        paths.set(child, [...path, id]);
      }
    }
    return paths;
  }

  #find(path: readonly string[]): AnyActorRef | undefined {
    return path.reduce<AnyActorRef | undefined>((actor, id) => actor && childrenOf(actor)[id], this.#actor);
  }
}

/** The end of the year 9999, the last instant that the store takes. */
const lastInstant = 253_402_300_799_999;

/** XState numbers nameless children anew in each process, so that a new one would replace an old one. */
function nameless(parent: string): InvalidInputError {
  return invalid("id", `of an actor that ${parent} has spawned is missing: give spawn, or spawnChild, an id`);
}

function isActor(actor: AnyActorRef): actor is Actor<AnyActorLogic> {
  return actor instanceof Actor;
}

function snapshotOf(actor: AnyActorRef): Snapshot<unknown> & { readonly children?: Record<string, AnyActorRef> } {
  return actor.getSnapshot() as Snapshot<unknown> & { readonly children?: Record<string, AnyActorRef> };
}

function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  return snapshotOf(actor).children ?? {};
}
