import { checkClaim, type Claim, claimColumns } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax } from "../core/input.ts";
import { encodeItems } from "../core/items.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { type Acknowledged, jobKeys, lost, queuedStatus } from "./acknowledge.ts";
import { jobClaim, type ReleasedJob } from "./job.ts";
import {
  type EncodedRescheduling,
  encodeRescheduling,
  type Rescheduling,
  reschedulingColumns,
  reschedulingNames,
} from "./rescheduling.ts";
import { releaseJobs as releaseStatement } from "./statements.generated.ts";

/** A claim to give back, and when its job may run next. */
export interface Release extends Rescheduling {
  readonly claim: Claim;
}

/** A release, checked. */
export interface EncodedRelease extends Claim, EncodedRescheduling {}

const releaseFields: Fields<Release> = fieldsOf<Release>({ claim: true, ...reschedulingNames });

/** Checks the releases of a call. No job may appear twice. */
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

/** Releases whose claims an earlier statement of the transaction has checked and locked. */
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
      return { outcome: { ok: true, status: queuedStatus(row.status), runAt }, woken: [queue] };
    }),
  );
}
