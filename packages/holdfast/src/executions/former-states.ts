import { type Codec, decodeOptional } from "../core/codec.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOptionalBoolean,
  checkOptionalKey,
  checkOrder,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, numberAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { getFormerState, keepStates, listFormerStates, type ListFormerStatesRow } from "./statements.generated.ts";

/** Whose state: a component's, or by default the execution's own. */
export interface StateOwner {
  readonly component?: string | undefined;
}

/** A page of the former versions of a state. */
export interface FormerStateQuery extends StateOwner, PageRequest {
  /** Whether to read the states; true by default. Otherwise they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** A state that another one has replaced. */
export interface FormerState {
  readonly executionId: string;
  /** null for the execution's own state. */
  readonly component: string | null;
  /** The version of the execution or the component state, as it was when this state was replaced. */
  readonly version: number;
  /** When that version was written. */
  readonly updatedAt: Date;
  readonly replacedAt: Date;
  readonly state: unknown;
}

/** The former versions of states. None is kept unless `keepStates` asks for it. */
export interface FormerStates {
  /**
   * Keeps the newest 1 to 1,000 states that later ones replace: of the execution, or of a component that has a state. 0 keeps none, and
   * removes what was kept. Writing the same state again replaces nothing, unless a codec writes it differently each time, as encryption does.
   *
   * @throws NotFoundError without the execution or the component's state.
   */
  keepStates(id: string, count: number, owner?: StateOwner): Promise<void>;
  /** The former versions of a state that were kept, newest first unless `order` is "asc". */
  formerStates(id: string, query?: FormerStateQuery): Promise<Page<FormerState>>;
  /** Every item of `formerStates`, read in pages of `limit`. */
  iterateFormerStates(id: string, query?: FormerStateQuery): AsyncGenerator<FormerState, void, undefined>;
  /** One former version of a state; null if it was not kept. */
  formerState(id: string, version: number, owner?: StateOwner): Promise<FormerState | null>;
}

const ownerFields: Fields<StateOwner> = fieldsOf<StateOwner>({ component: true });
const queryFields: Fields<FormerStateQuery> = fieldsOf<FormerStateQuery>({
  component: true,
  payloads: true,
  ...pageNames,
});

/** The former states of a store's or a transaction's `executions`. */
export function formerStatesOf(session: Session): FormerStates {
  const { codec } = session;
  const formerStates = async (id: string, query?: FormerStateQuery): Promise<Page<FormerState>> => {
    const { after, limit, order: given, payloads, component } = queryFields.readOptional(query, "query");
    const order = checkOrder(given, "desc");
    const size = checkLimit(limit);
    const plan = listFormerStates[order]({
      id: checkId(id, "id"),
      component: checkComponent(component),
      withStates: checkOptionalBoolean(payloads, "payloads") !== false,
      after: numberAfter(after, order),
      limit: size + 1,
    });
    return toPage(
      await session.run(plan),
      size,
      (row) => toFormerState(codec, row),
      ({ version }) => String(version),
    );
  };
  return {
    keepStates: async (id, count, owner) => {
      const { component } = ownerFields.readOptional(owner, "owner");
      const [execution, of] = [checkId(id, "id"), checkComponent(component)];
      const checked = checkKeptStates(count, "count");
      const { isKnown } = await session.run(keepStates({ id: execution, component: of, count: checked }));
      if (isKnown) return;
      throw of === ""
        ? new NotFoundError(`Execution ${execution} does not exist: create it first.`, {
            facts: { entity: "execution", id: execution },
          })
        : new NotFoundError(`Component ${of} of execution ${execution} has no state: save one first.`, {
            facts: { entity: "component", executionId: execution, component: of },
          });
    },
    formerStates,
    iterateFormerStates: (id, query = {}) => iterate(query, "query", (each) => formerStates(id, each)),
    formerState: async (id, version, owner) => {
      const { component } = ownerFields.readOptional(owner, "owner");
      const plan = getFormerState({
        id: checkId(id, "id"),
        component: checkComponent(component),
        version: checkInteger(version, "version", { min: 1, max: Number.MAX_SAFE_INTEGER }),
      });
      return session.run(mapPlan(plan, (row) => row && toFormerState(codec, row)));
    },
  };
}

/** Checks how many former states are kept; 0 for none. */
export function checkKeptStates(count: number, field: string): number {
  return checkInteger(count, field, { min: 0, max: 1000 });
}

/** The schema's value: empty for the execution's own state. */
function checkComponent(component: string | undefined): string {
  return checkOptionalKey(component, "component") ?? "";
}

function toFormerState(codec: Codec, { component, state, ...row }: ListFormerStatesRow): FormerState {
  return { ...row, component: component === "" ? null : component, state: decodeOptional(codec, state) };
}
