declare const isChecked: unique symbol;

/** A value whose type its definition has checked. Let the definition make what holds it. */
export interface CheckedByDefinition {
  readonly [isChecked]: true;
}

/** What the definitions of all kinds have in common. */
interface Defined<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
}

/** The name of a definition. Returns any other value as it is, for the check of names to accept or refuse. */
export function nameOf<Kind extends string>(kind: Kind, given: unknown): unknown {
  return isDefined(kind, given) ? given.name : given;
}

/** Whether a value is a definition of this kind, and not a plain name. */
export function isDefined<Kind extends string>(kind: Kind, given: unknown): given is Defined<Kind> {
  return typeof given === "object" && given !== null && Reflect.get(given, "kind") === kind;
}
