import type { CheckedByDefinition } from "../core/defined.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkKey } from "../core/input.ts";
import { checkSchemas, type StandardSchema } from "../core/standard-schema.ts";

/** The name of a component and the type of its state. Accepted where the name of a component is. Made by {@link defineComponent}. */
export interface ComponentDefinition<State = unknown, Read = State> {
  readonly kind: "component";
  readonly name: string;
  readonly schemas: ComponentSchemas<State, Read>;
  /** Types only: never set. */
  readonly types?: { readonly state: State; readonly read: Read } | undefined;
  /** A new state, for the `components` of a transition. */
  state(state: State, options?: StateOptions): DefinedState;
  /** A new state and its execution, for `saveMany`. */
  state(state: State, options: StateOptions & OwnExecution): SavedState;
}

/** The options of a state. */
export interface StateOptions {
  readonly expectedVersion?: number | undefined;
}

/** The execution that a state belongs to. */
export interface OwnExecution {
  readonly executionId: string;
}

/** A component by its name or by its definition. */
export type ComponentName = string | ComponentDefinition;

/** What is saved as the state of a component: unknown where it is only named. */
export type StateOf<C> = C extends ComponentDefinition ? NonNullable<C["types"]>["state"] : unknown;

/** What is read as the state of a component: the state, as its schema gives it. */
export type ReadStateOf<C> = C extends ComponentDefinition ? NonNullable<C["types"]>["read"] : unknown;

/** A state that a {@link ComponentDefinition} has made. */
export interface DefinedState extends StateOptions {
  readonly component: ComponentDefinition;
  readonly state: CheckedByDefinition;
}

/** The same, of an execution that it names. */
export type SavedState = DefinedState & OwnExecution;

/** The schema of a component, of any library that implements Standard Schema. */
export interface ComponentSchemas<State = unknown, Read = State> {
  /** Checks states when they are saved, and when they are read by `get` and `require`. */
  readonly state?: StandardSchema<State, Read> | undefined;
}

const schemaFields: Fields<ComponentSchemas> = fieldsOf<ComponentSchemas>({ state: true });

/**
 * Defines a component: its name, and the type of its state. It writes nothing to the database.
 *
 * ```ts
 * import { defineComponent } from "holdfast";
 *
 * const cart = defineComponent<{ items: readonly string[] }>("cart");
 * ```
 *
 * Give a schema instead of a type to have states checked too. What is saved is stored as it was given; a read answers what the schema
 * makes of it.
 *
 * @throws InvalidInputError
 */
export function defineComponent<State = unknown, Read = State>(
  name: string,
  schemas: ComponentSchemas<State, Read> = {},
): ComponentDefinition<State, Read> {
  const definition: ComponentDefinition<State, Read> = {
    kind: "component",
    name: checkKey(name, "name"),
    schemas: checkSchemas(schemaFields.read(schemas, "schemas")),
    state: (state: State, options?: StateOptions) =>
      ({ ...options, component: definition, state }) as unknown as SavedState,
  };
  return Object.freeze(definition);
}
