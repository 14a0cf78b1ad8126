import type { ClaimedExecution } from "holdfast/executions";
import type { HistoryEntry } from "holdfast/history";
import { Actor, type AnyActorLogic, type AnyActorRef, type Snapshot, StateMachine } from "xstate";
import { ActorClock } from "./clock.ts";
import { type CheckedMachine, migrated, misfit } from "./machines.ts";
import { eventKind, type StoredActor, type StoredTimer, withPlainErrors } from "./stored-actor.ts";

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
  readonly #version: number;
  readonly #timers: readonly StoredTimer[];
  /** The time of the database when this process's clock is at zero. */
  readonly #epoch: number;
  #applied: number;
  #isChanged: boolean;

  constructor({ machine, execution, stored, now, onChange }: LiveActorOptions) {
    this.#version = machine.version;
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
    // To start again changes nothing by itself.
    this.#isChanged = isChanged;
    this.#clock.runDue();
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
    return inMs === null ? null : new Date(Math.ceil(this.#epoch + performance.now() + inMs));
  }

  nextInMs(): number | null {
    return this.#clock.nextInMs();
  }

  /** What to store of it now. */
  toStored(): StoredActor {
    const paths = this.#family();
    const scheduled = Object.values(this.#actor.system.getSnapshot()._scheduledEvents);
    const timers = scheduled.flatMap(({ source, target, event, id, startedAt, delay }): readonly StoredTimer[] => {
      const [from, to] = [paths.get(source), paths.get(target)];
      const inMs = startedAt + delay - Date.now();
      return from && to ? [{ source: from, target: to, event, id, dueAt: this.#epoch + performance.now() + inMs }] : [];
    });
    const snapshot = withPlainErrors(this.#actor.getPersistedSnapshot());
    const stored = {
      version: this.#version,
      applied: this.#applied,
      snapshot,
      timers: timers.toSorted((a, b) => a.dueAt - b.dueAt),
    };
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
      for (const [id, child] of Object.entries(childrenOf(actor))) paths.set(child, [...path, id]);
    }
    return paths;
  }

  #find(path: readonly string[]): AnyActorRef | undefined {
    return path.reduce<AnyActorRef | undefined>((actor, id) => actor && childrenOf(actor)[id], this.#actor);
  }
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
