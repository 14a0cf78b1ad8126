import type { Codec, JsonText } from "../database/codec.ts";
import { type Fields, fieldsOf, pageRequest } from "../database/fields.ts";
import {
  checkId,
  checkLimit,
  checkOptionalCount,
  checkOwnId,
  checkText,
  type Inside,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import {
  getState,
  type GetStateRow,
  listStates,
  removeStates,
  saveStates,
  type SaveStatesRow,
} from "./statements.generated.ts";

/** The JSON that one component of one execution keeps between steps. */
export interface ComponentState {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: unknown;
}

/** A component's new state. JSON null is a state; `expectedVersion` 0 means that there must be none yet. */
export interface ComponentStateInput {
  readonly executionId: string;
  readonly component: string;
  readonly state: unknown;
  readonly expectedVersion?: number | undefined;
}

/** The states that components keep, by execution and component name. */
export interface Components {
  /** null where the component has no state; a state of JSON null comes as a record. */
  get(executionId: string, component: string): Promise<ComponentState | null>;
  /** @throws NotFoundError */
  require(executionId: string, component: string): Promise<ComponentState>;
  /** @throws ConflictError unless the state is at `expectedVersion`. @throws NotFoundError without the execution. */
  save(input: ComponentStateInput): Promise<ComponentState>;
  /** As `save`, all or nothing. */
  saveMany(inputs: readonly ComponentStateInput[]): Promise<readonly ComponentState[]>;
  /** Whether there was a state to remove. */
  remove(executionId: string, component: string): Promise<boolean>;
  /** By component name. */
  list(executionId: string, page?: PageRequest): Promise<Page<ComponentState>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(executionId: string, page?: PageRequest): AsyncGenerator<ComponentState, void, undefined>;
}

/** The `components` of a store or of a transaction. */
export function componentsOf(session: Session): Components {
  const { codec } = session;
  const toState = (row: GetStateRow): ComponentState => ({ ...row, state: codec.decode(row.state) });
  const get = async (executionId: string, component: string): Promise<ComponentState | null> => {
    const key = checkKey({ executionId, component });
    return session.run(mapPlan(getState(key), (row) => row && toState(row)));
  };
  const list = async (executionId: string, page?: PageRequest): Promise<Page<ComponentState>> => {
    const { after = "", limit } = pageRequest.readOptional(page, "page");
    const size = checkLimit(limit);
    const plan = listStates({
      executionId: checkId(executionId, "executionId"),
      after: checkText(after, "after"),
      limit: size + 1,
    });
    return toPage(await session.run(plan), size, toState, (row) => row.component);
  };
  return {
    get,
    require: async (executionId, component) => {
      const state = await get(executionId, component);
      if (state) return state;
      throw new NotFoundError(`Component ${component} of execution ${executionId} has no state: save one first.`, {
        facts: { entity: "component", executionId, component },
      });
    },
    save: async (input) => {
      const encoded = encodeState(codec, input);
      return toSaved(encoded, await session.write(saveComponents, encoded));
    },
    saveMany: async (inputs) => {
      const rows = encodeStates(codec, inputs, "inputs");
      const saved = await session.writeAll(saveComponents, rows);
      return rows.map((row, i) => toSaved(row, saved[i] as SaveStatesRow));
    },
    remove: async (executionId, component) => session.write(removeComponents, checkKey({ executionId, component })),
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
}

interface ComponentKey {
  readonly executionId: string;
  readonly component: string;
}

const stateFields: Fields<Inside<ComponentStateInput>> = fieldsOf<Inside<ComponentStateInput>, ComponentState>({
  executionId: true,
  component: true,
  state: true,
  expectedVersion: true,
  version: false,
  createdAt: false,
  updatedAt: false,
});

/**
 * Checks and encodes an input, so that what is wrong with it is its caller's error alone. Inside an `owner`, an execution, it need
 * not name that one.
 */
function encodeState(codec: Codec, input: Inside<ComponentStateInput>, field = "input", owner?: string): EncodedState {
  const { executionId, component, state, expectedVersion } = stateFields.read(input, field);
  return {
    executionId: checkOwnId(executionId, "executionId", owner),
    component: checkId(component, "component"),
    state: codec.encode(state, "state"),
    value: state,
    expectedVersion: checkOptionalCount(expectedVersion, "expectedVersion", 0),
  };
}

/** As {@link encodeState}, for states that are saved together: each component comes once. */
export function encodeStates(
  codec: Codec,
  inputs: readonly Inside<ComponentStateInput>[],
  field: string,
  owner?: string,
): readonly EncodedState[] {
  const rows = encodeEach(inputs, field, (input, place) => encodeState(codec, input, place, owner));
  return checkDistinct(rows, field, ({ executionId, component }) => `${executionId}\0${component}`);
}

/** The write of component states, which transitions are made of too. */
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

function checkKey({ executionId, component }: ComponentKey): ComponentKey {
  return { executionId: checkId(executionId, "executionId"), component: checkId(component, "component") };
}

function toSaved({ executionId, component, value }: EncodedState, saved: SaveStatesRow): ComponentState {
  return { executionId, component, state: value, ...saved };
}

/** A NUL separates the two, which neither can hold. */
function keyOf({ executionId, component }: ComponentKey): string {
  return `component\0${executionId}\0${component}`;
}
