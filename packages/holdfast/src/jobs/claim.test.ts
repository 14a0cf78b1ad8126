import { expect, test } from "vitest";
import { jsonCodec } from "../database/codec.ts";
import type { Session } from "../database/session.ts";
import { claimJobsOf, type Refusals } from "./claim.ts";

test("what is known of queues does not grow with their number", async () => {
  const session = {
    codec: jsonCodec,
    run: async () => ({ jobs: [], woken: [], isPartial: false, leftTo: "claim_limited_jobs" }),
  } as unknown as Session;
  const refusals: Refusals = new Map();
  for (let n = 0; n < 2500; n++) await claimJobsOf(session, { queues: [`q${n}`], limit: 1 }, refusals);
  expect(refusals.size).toBeLessThanOrEqual(1000);
});
