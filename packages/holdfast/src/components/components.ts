import type { Codec, JsonText } from "../core/codec.ts";
import { isDefined, nameOf } from "../core/defined.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageRequest } from "../core/fields.ts";
import {
  checkId,
  checkKey,
  checkLimit,
  checkOptionalCount,
  checkOrder,
  checkOwnId,
  type Inside,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { iterate, nameAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import { checkBySchema, type PendingCheck, pendingChecks, readBySchema } from "../core/standard-schema.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import type {
  ComponentName,
  ComponentSchemas,
  DefinedState,
  ReadStateOf,
  SavedState,
  StateOf,
} from "./component-definition.ts";
import {
  getState,
  type GetStateRow,
  listStates,
  removeStates,
  saveStates,
  type SaveStatesRow,
} from "./statements.generated.ts";

export {
  type ComponentName,
  defineComponent,
  type DefinedState,
  type ReadStateOf,
  type SavedState,
  type StateOf,
} from "./component-definition.ts";

/** The JSON that one component of one execution keeps between steps. */
export interface ComponentState<State = unknown> {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: State;
}

/** A component's new state. JSON null is a state; `expectedVersion` 0 means that none may exist. */
export interface ComponentStateInput<C extends ComponentName = string> {
  readonly executionId: string;
  readonly component: C;
  readonly state: StateOf<C>;
  readonly expectedVersion?: number | undefined;
}

/** The states that components keep, by execution and component name. Those of defined components are of the types of their definitions. */
export interface Components {
  /**
   * null where the component has no state; a state of JSON null comes as a record.
   *
   * @throws CorruptError where the state does not fit the schema of a defined component.
   */
  get<C extends ComponentName>(executionId: string, component: C): Promise<ComponentState<ReadStateOf<C>> | null>;
  /**
   * As `get`.
   *
   * @throws NotFoundError
   */
  require<C extends ComponentName>(executionId: string, component: C): Promise<ComponentState<ReadStateOf<C>>>;
  /**
   * @throws ConflictError unless the state is at `expectedVersion`.
   * @throws NotFoundError without the execution.
   * @throws InvalidInputError for a state that the schema of a defined component refuses.
   */
  save<C extends ComponentName>(input: ComponentStateInput<C> | SavedState): Promise<ComponentState<StateOf<C>>>;
  /** Like `save`, all or nothing. */
  saveMany(inputs: readonly (ComponentStateInput | SavedState)[]): Promise<readonly ComponentState[]>;
  /** Returns whether there was a state to remove. */
  remove(executionId: string, component: ComponentName): Promise<boolean>;
  /** By component name. */
  list(executionId: string, page?: PageRequest): Promise<Page<ComponentState>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(executionId: string, page?: PageRequest): AsyncGenerator<ComponentState, void, undefined>;
}

/** The `components` of a store or of a transaction. */
export function componentsOf(session: Session): Components {
  const { codec } = session;
  const toState = (row: GetStateRow): ComponentState => ({ ...row, state: codec.decode(row.state) });
  const get = async <C extends ComponentName>(
    executionId: string,
    component: C,
  ): Promise<ComponentState<ReadStateOf<C>> | null> => {
    const key = checkNames({ executionId, component });
    const state = await session.run(mapPlan(getState(key), (row) => row && toState(row)));
    return state && readState(component, state);
  };
  const list = async (executionId: string, page?: PageRequest): Promise<Page<ComponentState>> => {
    const { after, limit, ...asked } = pageRequest.readOptional(page, "page");
    const size = checkLimit(limit);
    const order = checkOrder(asked.order);
    const plan = listStates[order]({
      executionId: checkId(executionId, "executionId"),
      after: nameAfter(after, order, checkKey),
      limit: size + 1,
    });
    return toPage(await session.run(plan), size, toState, (row) => row.component);
  };
  return {
    get,
    require: async (executionId, component) => {
      const state = await get(executionId, component);
      if (state) return state;
      const { component: name } = checkNames({ executionId, component });
      throw new NotFoundError(`Component ${name} of execution ${executionId} has no state: save one first.`, {
        facts: { entity: "component", executionId, component: name },
      });
    },
    save: async <C extends ComponentName>(input: ComponentStateInput<C> | SavedState) => {
      const encoded = encodeState(codec, input);
      if (encoded.check !== null) await encoded.check;
      // The state is the caller's own.
      return toSaved(encoded, await session.write(saveComponents, encoded)) as ComponentState<StateOf<C>>;
    },
    saveMany: async (inputs) => {
      const rows = encodeStates(codec, inputs, "inputs");
      const checks = pendingChecks(rows);
      if (checks !== null) await checks;
      const saved = await session.writeAll(saveComponents, rows);
      return rows.map((row, i) => toSaved(row, saved[i] as SaveStatesRow));
    },
    remove: async (executionId, component) => session.write(removeComponents, checkNames({ executionId, component })),
    list,
    iterate: (executionId, page = {}) => iterate(page, "page", (each) => list(executionId, each)),
  };
}

/** A component's new state, checked and encoded. */
export interface EncodedState extends ComponentKey {
  readonly state: JsonText;
  /** As the caller gave it. */
  readonly value: unknown;
  readonly expectedVersion: number | null;
  /** To be waited for before the state is sent. */
  readonly check: PendingCheck;
}

interface ComponentKey {
  readonly executionId: string;
  readonly component: string;
}

type AnyStateInput = Inside<ComponentStateInput<ComponentName>>;

type StateInput = AnyStateInput | (DefinedState & { readonly executionId?: string });

const stateFields: Fields<AnyStateInput> = fieldsOf<AnyStateInput, ComponentState>({
  executionId: true,
  component: true,
  state: true,
  expectedVersion: true,
  version: false,
  createdAt: false,
  updatedAt: false,
});

/**
 * Checks and encodes a state before it joins others, so that an error concerns its caller alone. Inside an `owner`, an execution, the
 * state need not name it.
 */
function encodeState(codec: Codec, input: StateInput, field = "input", owner?: string): EncodedState {
  const { executionId, component, state, expectedVersion } = stateFields.read(input, field);
  return {
    executionId: checkOwnId(executionId, "executionId", owner),
    component: checkComponent(component),
    check: checkState(component, state, field),
    state: codec.encode(state, "state"),
    value: state,
    expectedVersion: checkOptionalCount(expectedVersion, "expectedVersion", 0),
  };
}

/** Like {@link encodeState}, for states saved together, with distinct components. */
export function encodeStates(
  codec: Codec,
  inputs: readonly StateInput[],
  field: string,
  owner?: string,
): readonly EncodedState[] {
  const rows = encodeEach(inputs, field, (input, place) => encodeState(codec, input, place, owner));
  return checkDistinct(rows, field, ({ executionId, component }) => `${executionId}\0${component}`);
}

/** The write of component states, also used by transitions. */
export const saveComponents: Write<EncodedState, SaveStatesRow> = {
  name: "components.save",
  keys: (row) => [keyOf(row)],
  plan: (rows) =>
    saveStates({
      executionIds: rows.map((row) => row.executionId),
      components: rows.map((row) => row.component),
      states: rows.map((row) => row.state),
      expected: rows.map((row) => row.expectedVersion),
    }),
};

const removeComponents: Write<ComponentKey, boolean> = {
  name: "components.remove",
  keys: (key) => [keyOf(key)],
  plan: (keys) => {
    const plan = removeStates({
      executionIds: keys.map((key) => key.executionId),
      components: keys.map((key) => key.component),
    });
    return mapPlan(plan, (rows) => rows.map((row) => row.removed));
  },
};

interface GivenKey {
  readonly executionId: string;
  readonly component: ComponentName;
}

function checkNames({ executionId, component }: GivenKey): ComponentKey {
  return { executionId: checkId(executionId, "executionId"), component: checkComponent(component) };
}

function checkComponent(component: ComponentName): string {
  return checkKey(nameOf("component", component), "component");
}

function checkState(component: ComponentName, state: unknown, place: string): PendingCheck {
  return checkBySchema(schemaOf(component), state, { name: "state", place });
}

function schemaOf(component: ComponentName): ComponentSchemas["state"] {
  return isDefined("component", component) ? component.schemas.state : undefined;
}

/** A state as the schema of its component gives it; as it is, and at once, without one. */
function readState<C extends ComponentName>(
  component: C,
  stored: ComponentState,
): ComponentState<ReadStateOf<C>> | Promise<ComponentState<ReadStateOf<C>>> {
  const schema = schemaOf(component);
  if (schema === undefined) return stored as ComponentState<ReadStateOf<C>>;
  const of = `component ${stored.component} of execution ${stored.executionId}`;
  return readBySchema(schema, stored.state, { field: "state", of }).then((state) => ({
    ...stored,
    state: state as ReadStateOf<C>,
  }));
}

function toSaved({ executionId, component, value }: EncodedState, saved: SaveStatesRow): ComponentState {
  return { executionId, component, state: value, ...saved };
}

/** Neither can contain the NUL that separates them. */
function keyOf({ executionId, component }: ComponentKey): string {
  return `component\0${executionId}\0${component}`;
}
