import { ConflictError } from "holdfast/errors";
import type { LabelChanges } from "holdfast/executions";
import type { AnyActorLogic, Snapshot } from "xstate";
import { checkFields, invalid } from "./input.ts";

/** What an actor persists: a machine's snapshot has a `value` and a `context`. */
export type PersistedSnapshot = Snapshot<unknown> & { readonly value?: unknown; readonly context?: unknown };

/** A machine, or another actor logic, whose actors are kept. */
export interface Machine {
  readonly logic: AnyActorLogic;
  /** Goes up with each change of the machine that old snapshots do not fit; 1 by default. */
  readonly version?: number | undefined;
  /**
   * Changes a persisted snapshot that an older version of the machine wrote, before an actor is made of it. Without it, an actor goes on
   * from the snapshot as it is.
   */
  readonly migrate?: ((snapshot: PersistedSnapshot, from: number) => Snapshot<unknown>) | undefined;
  /** Labels by which actors are found, made of each snapshot that is stored, such as its state. null removes one. */
  readonly labels?: ((snapshot: PersistedSnapshot) => LabelChanges) | undefined;
}

/** Machines by name. The name is stored with each actor. */
export type Machines = Readonly<Record<string, Machine>>;

/** A machine with its defaults. */
export interface CheckedMachine extends Machine {
  readonly name: string;
  readonly version: number;
}

/** Checks machines, and gives each its name and its version. */
export function checkMachines(machines: Machines): ReadonlyMap<string, CheckedMachine> {
  const given: unknown = machines;
  if (typeof given !== "object" || given === null || Object.keys(machines).length === 0) {
    throw invalid("machines", "must be an object of at least one machine by its name");
  }
  return new Map(Object.entries(machines).map(([name, machine]) => [name, checkMachine(name, machine)]));
}

function checkMachine(name: string, machine: Machine): CheckedMachine {
  const field = `machines.${name}`;
  checkFields(machine, field, ["logic", "version", "migrate", "labels"], `${field}.`);
  const { logic, version = 1, migrate, labels } = machine;
  if (typeof (logic as Partial<AnyActorLogic> | undefined)?.getInitialSnapshot !== "function") {
    throw invalid(`${field}.logic`, "must be a machine, or another actor logic of XState");
  }
  if (!Number.isSafeInteger(version) || version < 1) throw invalid(`${field}.version`, "must be an integer from 1");
  if (migrate !== undefined && typeof migrate !== "function") throw invalid(`${field}.migrate`, "must be a function");
  if (labels !== undefined && typeof labels !== "function") throw invalid(`${field}.labels`, "must be a function");
  return { name, logic, version, migrate, labels };
}

/** The snapshot that an actor of this machine starts with. */
export function migrated(machine: CheckedMachine, snapshot: Snapshot<unknown>, from: number): Snapshot<unknown> {
  if (from > machine.version) {
    throw new ConflictError(
      `The snapshot is of version ${from} of ${machine.name}, and this process has version ${machine.version}: deploy the newer one.`,
      { facts: { reason: "version", expected: machine.version, actual: from } },
    );
  }
  if (from === machine.version || !machine.migrate) return snapshot;
  let made: Snapshot<unknown> | null | undefined;
  try {
    made = machine.migrate(snapshot, from);
  } catch (error) {
    throw misfit(machine, from, error);
  }
  // XState would start afresh without one, and take an unknown status for an end.
  if (statuses.some((status) => status === made?.status)) return made;
  throw misfit(
    machine,
    from,
    new Error("migrate has returned no snapshot: it must return one, and no promise of one."),
  );
}

const statuses: readonly Snapshot<unknown>["status"][] = ["active", "done", "error", "stopped"];

/** The error of a snapshot that its machine, or the migration, cannot take. The snapshot stays as it is for a process that can. */
export function misfit({ name, version }: CheckedMachine, from: number, cause: unknown): ConflictError {
  const message = `The snapshot of version ${from} does not fit version ${version} of ${name}: raise the version and give a migrate that fits.`;
  return new ConflictError(message, { cause, facts: { reason: "version", expected: version, actual: from } });
}
