import type { Plan, Row, Statement } from "./plan.ts";
import { type ElementType, encodeParameter, type Parameter } from "./values.ts";

/** What the generator knows of a statement: its text, its parameters in `$1, $2 …` order, and the object that a row becomes. */
export interface StatementDefinition extends Statement {
  readonly parameters: readonly string[];
  /** Written out for each statement: to set the columns of a hundred rows by their names takes four times as long. */
  readonly object: (row: Row) => object;
  /** Of the parameters that are arrays, those that go in binary. */
  readonly elements: Readonly<Record<string, ElementType>>;
}

/** A typed statement: called with its parameters it gives a plan; `definition` is what the generator wrote. */
export interface StatementFunction<P, T> {
  (parameters: P): Plan<T>;
  readonly definition: StatementDefinition;
}

/** A statement that gives exactly one row. */
export function one<P, R>(definition: StatementDefinition): StatementFunction<P, R> {
  return bind<P, R, R>(definition, (rows) => {
    const [row] = rows;
    if (row === undefined || rows.length > 1) {
      throw new TypeError(`Statement ${definition.name} gave ${rows.length} rows where its header promises one.`);
    }
    return row;
  });
}

/** A statement that gives one row or none. */
export function maybe<P, R>(definition: StatementDefinition): StatementFunction<P, R | null> {
  return bind<P, R, R | null>(definition, (rows) => rows[0] ?? null);
}

/** A statement that gives any number of rows. */
export function many<P, R>(definition: StatementDefinition): StatementFunction<P, readonly R[]> {
  return bind<P, R, readonly R[]>(definition, (rows) => rows);
}

/** A statement that gives no rows. */
export function exec<P>(definition: StatementDefinition): StatementFunction<P, void> {
  return bind<P, never, void>(definition, () => undefined);
}

function bind<P, R, T>(definition: StatementDefinition, read: (rows: readonly R[]) => T): StatementFunction<P, T> {
  const { parameters, object, elements } = definition;
  const call = (given: P): Plan<T> => {
    // The generator wrote both the type P and the list of its names, and `sql --check` keeps them together.
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
