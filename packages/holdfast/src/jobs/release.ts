import { checkClaim, type Claim, claimColumns } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { batchItemsMax } from "../database/input.ts";
import { encodeItems } from "../database/items.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { type Acknowledged, jobKeys, lost, waitingAs } from "./acknowledge.ts";
import { jobClaim, type ReleasedJob } from "./job.ts";
import {
  encodeRescheduling,
  type EncodedRescheduling,
  reschedulingColumns,
  type Rescheduling,
  reschedulingNames,
} from "./rescheduling.ts";
import { releaseJobs as releaseStatement } from "./statements.generated.ts";

/** A claim to give back, and when its job may run then. */
export interface Release extends Rescheduling {
  readonly claim: Claim;
}

/** A release, checked. */
export interface EncodedRelease extends Claim, EncodedRescheduling {}

const releaseFields: Fields<Release> = fieldsOf<Release>({ claim: true, ...reschedulingNames });

/** The releases of a call, each checked; no job comes twice. */
export function encodeReleases(releases: readonly Release[], field: string): readonly EncodedRelease[] {
  const encode = (each: Release, place: string): EncodedRelease => encodeRelease(releaseFields.read(each, place));
  return encodeItems(releases, field, encode, batchItemsMax);
}

/** Checks a release whose names are known. */
export function encodeRelease({ claim, ...rescheduling }: Release): EncodedRelease {
  return { ...checkClaim(jobClaim, claim), ...encodeRescheduling(rescheduling) };
}

/** The write of releases. */
export const releaseJobs: Write<EncodedRelease, Acknowledged<ReleasedJob>> = {
  name: "jobs.release",
  keys: jobKeys,
  plan: (releases) => releasePlan(releases, false),
};

/** Releases of claims that an earlier statement of the same transaction has found to hold, and locked: they hold to its end. */
export const releaseSettledJobs: Pick<typeof releaseJobs, "plan"> = {
  plan: (releases) => releasePlan(releases, true),
};

function releasePlan(
  releases: readonly EncodedRelease[],
  isSettled: boolean,
): Plan<readonly Acknowledged<ReleasedJob>[]> {
  const plan = releaseStatement({ ...claimColumns(releases), ...reschedulingColumns(releases), isSettled });
  return mapPlan(plan, (rows) =>
    rows.map((row) => {
      const { ok, queue, runAt } = row;
      if (!ok || queue === null || runAt === null) return { outcome: lost(row), woken: [] };
      return { outcome: { ok: true, status: waitingAs(row.status), runAt }, woken: [queue] };
    }),
  );
}
