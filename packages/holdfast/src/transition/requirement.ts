import { checkExpired } from "../claims/claims.ts";
import { type Status, statusLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkOneOf, checkOptionalCount, checkOptionalId, invalid } from "../core/input.ts";
import { checkEach } from "../core/items.ts";

/** What must hold for a step. A requirement changes nothing, so steps that only require do not conflict. */
export interface Requirement {
  /** The token of the caller's lease, which must still hold. */
  readonly token?: number | undefined;
  /** The required holder, if the processes of an engine share a holder's name. */
  readonly holder?: string | undefined;
  /**
   * Whether an expired lease counts until another claim takes it: "allowed", or "refused" (the default). Two holders never act at once
   * either way.
   */
  readonly expired?: "refused" | "allowed" | undefined;
  /** The required version. */
  readonly version?: number | undefined;
  /** The required status, or several. */
  readonly status?: Status | readonly Status[] | undefined;
}

/** The requirements of a step, checked; statuses are joined by commas. */
export interface EncodedRequirement {
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
}

const requirementFields: Fields<Requirement> = fieldsOf<Requirement>({
  token: true,
  holder: true,
  expired: true,
  version: true,
  status: true,
});

/** Checks what a step requires. */
export function encodeRequirement(given: Requirement | undefined): EncodedRequirement {
  const required = given === undefined ? {} : requirementFields.readInner(given, "require");
  const { token, holder, version, status } = required;
  return {
    token: checkOptionalCount(token, "require.token", 0),
    holder: checkOptionalId(holder, "require.holder"),
    lax: checkExpired(required.expired, "require.expired"),
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
