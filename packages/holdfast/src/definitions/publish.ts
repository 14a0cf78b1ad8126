import { type JsonText, searchableCodec } from "../core/codec.ts";
import { type DefinitionStatus, definitionStatusLabels } from "../core/enums.generated.ts";
import { checkFunction, checkOneOf } from "../core/input.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { checkBySchema, type PendingCheck } from "../core/standard-schema.ts";
import type { Write } from "../core/write.ts";
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
import { checkName, schemaOf, type WorkflowName } from "./workflow-definition.ts";

/** A version to publish; a draft unless `status` says otherwise. */
export interface DefinitionInput<D = unknown, N extends WorkflowName = WorkflowName> {
  readonly name: N;
  /** From 1 to 2^31 - 1; the next number of the name by default. */
  readonly version?: number | undefined;
  /** Any JSON value. The database searches it, so the store's codec does not apply. */
  readonly document: D;
  readonly status?: DefinitionStatus | undefined;
  /** Picks the steps out of the document, to check them before it is published; see {@link validateSteps}. */
  readonly steps?: ((document: D) => readonly Step[]) | undefined;
}

/** A version to publish, checked and encoded. */
export interface EncodedDefinition {
  readonly name: string;
  readonly version: number | null;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  /** To be waited for before the version is sent. */
  readonly check: PendingCheck;
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
    name: checkName(name),
    check: checkBySchema(schemaOf(name), document, { name: "document", place: "input" }),
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

/** The write of new versions: one per name in each batch. */
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

/** A plan under the locks of its names, after retiring those active versions of `retired` that are not to be kept. */
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
