import { ConflictError } from "../errors.ts";
import { type Fields, fieldsOf } from "./fields.ts";
import { checkId, checkOneOf, invalid } from "./input.ts";
import type { Plan } from "./plan.ts";
import type { Session } from "./session.ts";

/** What a lock does where another transaction holds it: wait for its end, fail at once, or give null. */
export type LockMode = "wait" | "nowait" | "skip_locked";

/** How a row is locked. */
export interface LockOptions {
  /** "wait" by default. */
  readonly mode?: LockMode | undefined;
}

/** Reads how a row is to be locked. */
export const lockOptions: Fields<LockOptions> = fieldsOf<LockOptions>({ mode: true });

/** What a lockable row is, and its statement of each mode. */
interface Lockable<R> {
  readonly entity: "execution" | "task";
  readonly statements: Readonly<Record<LockMode, (key: { readonly id: string }) => Plan<R | null>>>;
}

const modes: readonly LockMode[] = ["wait", "nowait", "skip_locked"];

/**
 * Locks a row until the transaction ends, and gives it as it then is; null where there is none, or another holds one that is not
 * waited for.
 */
export async function lockRow<R>(
  session: Session,
  { entity, statements }: Lockable<R>,
  id: string,
  { mode = "wait" }: LockOptions,
): Promise<R | null> {
  const plan = statements[checkOneOf(mode, "mode", modes)]({ id: checkId(id, "id") });
  if (!session.isTransaction) {
    throw invalid(
      "lock",
      "outside a transaction would end with its statement: call it on the handle that `transaction` gives",
    );
  }
  return session.run(plan).catch((error: unknown) => explainHeld(error, entity, id));
}

/** The server's own message names the table, and not the row. */
function explainHeld(error: unknown, entity: "execution" | "task", id: string): never {
  if (!(error instanceof ConflictError && error.facts["sqlstate"] === "55P03")) throw error;
  const what = entity === "task" ? "Task" : "Execution";
  throw new ConflictError(`${what} ${id} is locked by another transaction: try again when it has ended.`, {
    facts: { entity, id },
    cause: error,
    retryable: true,
  });
}
