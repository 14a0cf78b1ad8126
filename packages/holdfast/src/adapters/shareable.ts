import { randomUUID } from "node:crypto";
import type { ClientBase, Pool } from "pg";
import { InvalidInputError } from "../index.ts";

/** Questions under way, by their text: which client is this sent on? */
const questions = new Map<string, (client: ClientBase) => void>();

/** The clients that answer questions. */
const answering = new WeakSet<ClientBase>();

/**
 * Lets `fromDrizzle`, `fromKysely` and `fromPrisma` find the client of this pool that a transaction runs on. Returns the same pool.
 *
 * These libraries do not tell the client. So their adapters send a question through the transaction, and the client answers it without
 * sending it to the server. For this, `query` of each client is wrapped when the pool gives it out.
 */
export function shareable<P extends Pool>(pool: P): P {
  pool.on("acquire", (client) => {
    if (answering.has(client)) return;
    answering.add(client);
    answerQuestions(client);
  });
  return pool;
}

function answerQuestions(client: ClientBase): void {
  const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown;
  Object.assign(client, {
    query: (...given: readonly unknown[]): unknown => {
      const answer = questions.size > 0 ? questions.get(textOf(given[0])) : undefined;
      if (answer === undefined) return query(...given);
      answer(client);
      const nothing = { command: "SELECT", rowCount: 0, rows: [], fields: [] };
      const callback = given.at(-1);
      if (typeof callback !== "function") return Promise.resolve(nothing);
      process.nextTick(callback, null, nothing);
      return undefined;
    },
  });
}

function textOf(query: unknown): string {
  if (typeof query === "string") return query;
  return typeof query === "object" && query !== null && "text" in query ? String(query.text) : "";
}

/**
 * Returns the client that `ask` sends its text on.
 *
 * @throws InvalidInputError if the pool is not shareable, or no transaction is open on the client.
 */
export async function findClient(ask: (question: string) => PromiseLike<unknown>): Promise<ClientBase> {
  const question = `select 'holdfast ${randomUUID()}'`;
  let found: ClientBase | undefined;
  questions.set(question, (client) => (found = client));
  try {
    await ask(question);
  } finally {
    questions.delete(question);
  }
  if (found === undefined) {
    throw refused(
      "pool",
      "The pool of the transaction is not shareable: make it so by `shareable(pool)` of holdfast/pg.",
    );
  }
  if (found.getTransactionStatus() === "I") {
    throw refused(
      "transaction",
      "No transaction is open there: pass what the library gives to the transaction's function.",
    );
  }
  return found;
}

function refused(field: string, message: string): InvalidInputError {
  return new InvalidInputError(message, { facts: { field } });
}
