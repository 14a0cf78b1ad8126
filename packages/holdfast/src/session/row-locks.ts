import { ConflictError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOneOf, invalid } from "../core/input.ts";
import type { Plan } from "../core/plan.ts";
import type { Session } from "./session.ts";

/** What a lock does if another transaction holds the row: wait for its end, fail at once, or return null. */
export type LockMode = "wait" | "nowait" | "skip_locked";

/** How a row is locked. */
export interface LockOptions {
  /** "wait" by default. */
  readonly mode?: LockMode | undefined;
}

/** A lock that waits or fails, and so never returns null. */
export interface WaitingLock {
  readonly mode?: "wait" | "nowait" | undefined;
}

const lockOptions: Fields<LockOptions> = fieldsOf<LockOptions>({ mode: true });

/** A kind of row that can be locked: a statement for each mode, and one that finds the row even while another transaction holds it. */
export interface Lockable<R> {
  readonly entity: "execution" | "task";
  readonly statements: Readonly<Record<LockMode, (key: { readonly id: string }) => Plan<R | null>>>;
  readonly exists: (key: { readonly id: string }) => Plan<unknown>;
}

const modes: readonly LockMode[] = ["wait", "nowait", "skip_locked"];

/**
 * Locks a record until the transaction ends, and returns it as it then is. Null if another transaction holds it and the mode does not
 * wait.
 */
export interface Lock<T> {
  (id: string, options?: WaitingLock): Promise<T>;
  (id: string, options: LockOptions): Promise<T | null>;
}

/** How the record of a locked row is read, and what is thrown if it does not exist. */
interface Reading<R, T> {
  readonly read: (row: R) => T;
  readonly notFound: (id: string) => never;
}

/** The `lock` of a noun. */
export function lockOf<R, T>(session: Session, lockable: Lockable<R>, { read, notFound }: Reading<R, T>): Lock<T> {
  async function lock(id: string, options?: WaitingLock): Promise<T>;
  async function lock(id: string, options: LockOptions): Promise<T | null>;
  async function lock(id: string, options?: LockOptions): Promise<T | null> {
    const row = await lockRow(session, lockable, id, lockOptions.readOptional(options, "options"));
    if (row === null) return notFound(id);
    return row === "held" ? null : read(row);
  }
  return lock;
}

/** "held" if another transaction holds the row and the mode does not wait; null if it does not exist. */
async function lockRow<R>(
  session: Session,
  { entity, statements, exists }: Lockable<R>,
  givenId: string,
  { mode = "wait" }: LockOptions,
): Promise<R | "held" | null> {
  const id = checkId(givenId, "id");
  const plan = statements[checkOneOf(mode, "mode", modes)]({ id });
  if (!session.isTransaction) {
    throw invalid(
      "lock",
      "outside a transaction would end with its statement: call it on the handle that `transaction` gives",
    );
  }
  const row = await session.run(plan).catch((error: unknown) => explainHeld(error, entity, id));
  if (row !== null || mode !== "skip_locked") return row;
  return (await session.run(exists({ id }))) === null ? null : "held";
}

/** The server's own message names the table, and not the row. */
function explainHeld(error: unknown, entity: "execution" | "task", id: string): never {
  if (!(error instanceof ConflictError && error.facts["sqlstate"] === "55P03")) throw error;
  const what = entity === "task" ? "Task" : "Execution";
  throw new ConflictError(`${what} ${id} is locked by another transaction: try again when it has ended.`, {
    facts: { reason: "locked", entity, id },
    cause: error,
    retryable: true,
  });
}
