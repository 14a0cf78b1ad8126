/** A statement of a `.sql` file. In its text, the schema is literally `holdfast.`. */
export interface Statement<P extends object, R extends object> {
  readonly text: string;
  /** The names of its parameters, in their order. */
  readonly parameters: readonly (keyof P)[];
  /** Never set: its type is that of the rows. */
  readonly row?: R;
}

/** The text of a statement, bound to a quoted schema. */
export function textIn(schema: string, { text }: Pick<Statement<object, object>, "text">): string {
  return text.replaceAll("holdfast.", `${schema}.`);
}

/** The values of a statement's parameters, in their order. */
export function valuesOf<P extends object>({ parameters }: Statement<P, object>, given: P): readonly unknown[] {
  return parameters.map((name) => given[name]);
}
