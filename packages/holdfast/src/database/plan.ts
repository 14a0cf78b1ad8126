/** A value on its way to PostgreSQL: bytes are what travels in binary, all else is text. */
export type ParameterValue = string | Uint8Array | null;

/** One row as the driver gives it: values in column order, parsed by type. */
export type Row = readonly unknown[];

/** A statement of a `.sql` file, as the generator describes it. */
export interface Statement {
  /** Folder and file name, without `.sql`. */
  readonly name: string;
  /** The text with `$1`-style parameters; the schema's name stands in it literally as `holdfast.`. */
  readonly text: string;
  /** Named and prepared on the connection; false for statements that must be planned anew for their parameters' values. */
  readonly prepared: boolean;
}

/** A statement together with its parameters' values. */
export interface BoundStatement {
  readonly statement: Statement;
  readonly values: readonly ParameterValue[];
}

/**
 * What to ask of the database, before anything is asked: one or more bound statements, and how their rows become a result.
 *
 * A plan is executed atomically and in one round trip: a single statement alone, several in one transaction. Plans are
 * values, so the same plan serves a call on the store, a call inside a transaction, and a part of a larger plan.
 */
export interface Plan<T> {
  readonly statements: readonly BoundStatement[];
  /** Turns the statements' rows, in the order of `statements`, into the result. */
  readonly read: (results: readonly (readonly Row[])[]) => T;
  /** In place of `read`, where those rows decide what follows in the same transaction, which is another round trip. */
  readonly next?: (results: readonly (readonly Row[])[]) => Plan<T>;
}

/** The same statements with another reading of their result. */
export function mapPlan<T, U>(plan: Plan<T>, map: (result: T) => U): Plan<U> {
  const { statements, read, next } = plan;
  const mapped: Plan<U> = { statements, read: (results) => map(read(results)) };
  return next === undefined ? mapped : { ...mapped, next: (results) => mapPlan(next(results), map) };
}

/** A plan, and then in the same transaction the one that its result asks for. It can be mapped, and not be a part of another. */
export function chainPlans<T, U>(plan: Plan<T>, next: (result: T) => Plan<U>): Plan<U> {
  return {
    statements: plan.statements,
    read: () => {
      throw new TypeError("A plan that another follows was read as if none did.");
    },
    next: (results) => next(plan.read(results)),
  };
}

/** One plan out of several, in their order; its result is the list of their results. */
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
