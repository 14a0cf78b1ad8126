import { type ElementType, encodeParameter, type Parameter, type ParameterValue } from "./values.ts";

/** One row from the driver: values in column order, parsed by type. */
export type Row = readonly unknown[];

/** A statement of a `.sql` file, as the generator describes it. */
export interface Statement {
  /** Folder and file name, without `.sql`. */
  readonly name: string;
  /** The text with `$1`-style parameters. The schema's name is literally `holdfast.`. */
  readonly text: string;
  /** Named and prepared on the connection; false for statements that must be planned anew for their parameters' values. */
  readonly prepared: boolean;
  /** Whether it certainly writes nothing, so that it can be repeated if its answer is lost. */
  readonly readsOnly: boolean;
}

/** A statement together with its parameters' values. */
export interface BoundStatement {
  readonly statement: Statement;
  readonly values: readonly ParameterValue[];
}

/**
 * What to ask of the database, before anything is sent: one or more bound statements, and how their rows become a result.
 *
 * A plan runs atomically and in one round trip: a single statement alone, several in one transaction. Plans are values, so the same plan
 * serves a call on the store, a call inside a transaction, and a part of a larger plan.
 */
export interface Plan<T> {
  readonly statements: readonly BoundStatement[];
  /** Turns the statements' rows, in the order of `statements`, into the result. */
  readonly read: (results: readonly (readonly Row[])[]) => T;
  /** Replaces `read` if those rows decide what follows in the same transaction, one round trip later. */
  readonly next?: (results: readonly (readonly Row[])[]) => Plan<T>;
  /** If no transaction is open, its statements run in a read-only one, and all see the same snapshot. */
  readonly isSnapshot?: true;
}

/** Whether a plan certainly only reads. A following plan is not known yet, so it counts as a write. */
export function readsOnly({ statements, next, isSnapshot }: Plan<unknown>): boolean {
  return isSnapshot === true || (next === undefined && statements.every(({ statement }) => statement.readsOnly));
}

/** The same statements with another result. */
export function mapPlan<T, U>(plan: Plan<T>, map: (result: T) => U): Plan<U> {
  const { statements, read, next } = plan;
  const mapped: Plan<U> = { statements, read: (results) => map(read(results)) };
  return next === undefined ? mapped : { ...mapped, next: (results) => mapPlan(next(results), map) };
}

/** A plan, followed in the same transaction by the one that its result asks for. It can be mapped, but not combined with others. */
export function chainPlans<T, U>(plan: Plan<T>, next: (result: T) => Plan<U>): Plan<U> {
  return {
    statements: plan.statements,
    read: () => {
      throw new TypeError("A plan that another follows was read as if none did.");
    },
    next: (results) => next(plan.read(results)),
  };
}

/** A plan for items. Without items nothing is sent, and the result is null. */
export function unlessEmpty<T>(items: readonly unknown[], plan: () => Plan<T>): Plan<T | null> {
  return items.length === 0 ? { statements: [], read: () => null } : plan();
}

/** Combines several plans in order; the result is the list of their results. */
export function combinePlans<const P extends readonly Plan<unknown>[]>(
  plans: P,
): Plan<{ readonly [I in keyof P]: P[I] extends Plan<infer T> ? T : never }> {
  const statements = plans.flatMap((plan) => plan.statements);
  return {
    statements,
    read: (results) => {
      let start = 0;
      const read = plans.map((plan) => {
        const end = start + plan.statements.length;
        const result = plan.read(results.slice(start, end));
        start = end;
        return result;
      });
      // The mapped tuple type cannot be inferred from Array.map, which forgets the length.
      return read as { readonly [I in keyof P]: P[I] extends Plan<infer T> ? T : never };
    },
  };
}

/** The item of a batch of one, for which many writes have a faster statement; undefined for any other batch. */
export function loneOf<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** The rows of a statement in the order of its inputs, matched by name. */
export function inOrderOf<I, R>(
  inputs: readonly I[],
  rows: readonly R[],
  nameOf: (item: I | R) => string,
): readonly R[] {
  const named = new Map(rows.map((row) => [nameOf(row), row]));
  return inputs.flatMap((input) => named.get(nameOf(input)) ?? []);
}

/** The generator's description of a statement: its text, its parameters in `$1, $2 …` order, and the object made of a row. */
export interface StatementDefinition extends Statement {
  readonly parameters: readonly string[];
  /** Written out for each statement: setting the columns of a hundred rows by name takes four times as long. */
  readonly object: (row: Row) => object;
  /** The array parameters that travel in binary. */
  readonly elements: Readonly<Record<string, ElementType>>;
}

/** A typed statement. Called with its parameters, it returns a plan; `definition` is the generator's output. */
export interface StatementFunction<P, T> {
  (parameters: P): Plan<T>;
  readonly definition: StatementDefinition;
}

/** A statement that lists rows in an order, and backwards. */
export interface InBothOrders<P, T> {
  readonly asc: StatementFunction<P, T>;
  readonly desc: StatementFunction<P, T>;
}

/** A statement that locks a row. If another transaction holds it, it waits, fails at once, or returns no row. */
export interface InEachLockMode<P, T> {
  readonly wait: StatementFunction<P, T>;
  readonly nowait: StatementFunction<P, T>;
  readonly skip_locked: StatementFunction<P, T>;
}

/** A statement that returns exactly one row. */
export function one<P, R>(definition: StatementDefinition): StatementFunction<P, R> {
  return bind<P, R, R>(definition, (rows) => {
    const [row] = rows;
    if (row === undefined || rows.length > 1) {
      throw new TypeError(`Statement ${definition.name} gave ${rows.length} rows where its header promises one.`);
    }
    return row;
  });
}

/** A statement that returns one row or none. */
export function maybe<P, R>(definition: StatementDefinition): StatementFunction<P, R | null> {
  return bind<P, R, R | null>(definition, (rows) => rows[0] ?? null);
}

/** A statement that returns any number of rows. */
export function many<P, R>(definition: StatementDefinition): StatementFunction<P, readonly R[]> {
  return bind<P, R, readonly R[]>(definition, (rows) => rows);
}

/** A statement that returns no rows. */
export function exec<P>(definition: StatementDefinition): StatementFunction<P, void> {
  return bind<P, never, void>(definition, () => undefined);
}

function bind<P, R, T>(definition: StatementDefinition, read: (rows: readonly R[]) => T): StatementFunction<P, T> {
  const { parameters, object, elements } = definition;
  const call = (given: P): Plan<T> => {
    // The generator wrote both the type P and the list of its names, and `sql --check` keeps them consistent.
    const named = given as Readonly<Record<string, Parameter>>;
    const values = parameters.map((name) => encodeParameter(named[name], elements[name]));
    return {
      statements: [{ statement: definition, values }],
      // The one place where a row gets its type: the generator derived R from the same description as `object`.
      read: ([rows = []]) => read(rows.map((row) => object(row) as R)),
    };
  };
  return Object.assign(call, { definition });
}
