import { type Status, statusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkOneOf, checkOptionalCount, checkOptionalId, invalid } from "../database/input.ts";
import { checkEach } from "../database/items.ts";

/** What must hold for a step to be made. To require changes nothing: steps that only require do not conflict with each other. */
export interface Requirement {
  /** The token of the caller's lease, which must still be held. */
  readonly token?: number | undefined;
  /** Who must hold the lease, where the holder's name is what processes of an engine share. */
  readonly holder?: string | undefined;
  /** The version that the execution must be at. */
  readonly version?: number | undefined;
  /** The status, or one of the statuses, that it must have. */
  readonly status?: Status | readonly Status[] | undefined;
}

/** What a step requires, checked; statuses are joined by commas. */
export interface EncodedRequirement {
  readonly token: number | null;
  readonly holder: string | null;
  readonly version: number | null;
  readonly statuses: string | null;
}

const requirementFields: Fields<Requirement> = fieldsOf<Requirement>({
  token: true,
  holder: true,
  version: true,
  status: true,
});

/** Checks what a step requires. */
export function encodeRequirement(given: Requirement | undefined): EncodedRequirement {
  const { token, holder, version, status } = given === undefined ? {} : requirementFields.readInner(given, "require");
  return {
    token: checkOptionalCount(token, "require.token", 0),
    holder: checkOptionalId(holder, "require.holder"),
    version: checkOptionalCount(version, "require.version", 1),
    statuses: status === undefined ? null : encodeStatuses(status),
  };
}

function encodeStatuses(status: Status | readonly Status[]): string {
  if (!Array.isArray(status)) return checkOneOf(status, "require.status", statusLabels);
  const statuses = checkEach(status as readonly Status[], "require.status", (each, place) =>
    checkOneOf(each, place, statusLabels),
  );
  if (statuses.length === 0) throw invalid("require.status", "is empty: name at least one status");
  return statuses.join(",");
}
