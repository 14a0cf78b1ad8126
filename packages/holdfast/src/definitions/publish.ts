import { searchableCodec, type JsonText } from "../database/codec.ts";
import { type DefinitionStatus, definitionStatusLabels } from "../database/enums.generated.ts";
import { checkFunction, checkId, checkOneOf } from "../database/input.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { checkVersion } from "./queries.ts";
import {
  activateDefinitions,
  type ActivateDefinitionsRow,
  lockNames,
  publishDefinitions,
  type PublishDefinitionsRow,
  retireActive,
  retireDefinitions,
  type RetireDefinitionsRow,
} from "./statements.generated.ts";
import { type Step, validateSteps } from "./steps.ts";

/** A version to publish; a draft unless `status` says otherwise. */
export interface DefinitionInput<D = unknown> {
  readonly name: string;
  /** From 1 to 2^31 - 1; the next of the name where it is left out. */
  readonly version?: number | undefined;
  /** Any JSON value. It is searched by the database, so a store's codec does not apply to it. */
  readonly document: D;
  readonly status?: DefinitionStatus | undefined;
  /** Picks the steps out of the document, so that they are checked before it is published; see {@link validateSteps}. */
  readonly steps?: ((document: D) => readonly Step[]) | undefined;
}

/** A version to publish, checked and encoded. */
export interface EncodedDefinition {
  readonly name: string;
  readonly version: number | null;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
}

/** Checks and encodes a version. */
export function encodeDefinition<D>({
  name,
  version,
  document,
  status = "draft",
  steps,
}: DefinitionInput<D>): EncodedDefinition {
  if (steps !== undefined) {
    checkFunction(steps, "steps");
    validateSteps(steps(document));
  }
  return {
    name: checkId(name, "name"),
    version: version === undefined ? null : checkVersion(version),
    status: checkOneOf(status, "status", definitionStatusLabels),
    document: searchableCodec.encode(document, "document"),
  };
}

/** The key of one version. */
export interface DefinitionKey {
  readonly name: string;
  readonly version: number;
}

/** The write of new versions: one a name in each batch. */
export const publishDefinition: Write<EncodedDefinition, PublishDefinitionsRow> = {
  name: "definitions.publish",
  keys,
  plan: (inputs) => {
    const active = inputs.filter((input) => input.status === "active").map((input) => input.name);
    return afterLocks(inputs, active, {
      keep: active.map(() => null),
      plan: publishDefinitions({
        names: inputs.map((input) => input.name),
        versions: inputs.map((input) => input.version),
        statuses: inputs.map((input) => input.status),
        documents: inputs.map((input) => input.document),
      }),
    });
  },
};

/** The write that makes versions active. */
export const activateDefinition: Write<DefinitionKey, ActivateDefinitionsRow> = {
  name: "definitions.activate",
  keys,
  plan: (inputs) => {
    const { names, versions } = columns(inputs);
    return afterLocks(inputs, names, { keep: versions, plan: activateDefinitions({ names, versions }) });
  },
};

/** The write that retires versions. */
export const retireDefinition: Write<DefinitionKey, RetireDefinitionsRow> = {
  name: "definitions.retire",
  keys,
  plan: (inputs) => afterLocks(inputs, [], { keep: [], plan: retireDefinitions(columns(inputs)) }),
};

/** A plan under the locks of its names, after the active versions of `retired` that are not to be kept were retired. */
function afterLocks<T>(
  inputs: readonly { readonly name: string }[],
  retired: readonly string[],
  { keep, plan }: { readonly keep: readonly (number | null)[]; readonly plan: Plan<T> },
): Plan<T> {
  const lock = lockNames({ names: inputs.map((input) => input.name) });
  const retire = retired.length > 0 ? [retireActive({ names: retired, keep })] : [];
  return mapPlan(combinePlans([lock, combinePlans(retire), plan]), ([, , result]) => result);
}

function columns(inputs: readonly DefinitionKey[]): {
  readonly names: readonly string[];
  readonly versions: readonly number[];
} {
  return { names: inputs.map((input) => input.name), versions: inputs.map((input) => input.version) };
}

function keys({ name }: { readonly name: string }): readonly string[] {
  return [`definition\0${name}`];
}
