import {
  checkClaim,
  checkExpired,
  checkLeaseMs,
  type Claim,
  claimColumns,
  type HeartbeatOptions,
  leaseMsDefault,
} from "../claims/claims.ts";
import { hintClaimable } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkCount, checkId } from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";
import { mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import type { ClaimedExecution, HeldLease, Lease } from "./claimed.ts";
import { executionNames } from "./execution.ts";
import {
  acquireLeases,
  availabilityOfExecutions,
  getLease,
  heartbeatExecutions,
  releaseLeases,
  type ReleaseLeasesRow,
} from "./statements.generated.ts";

/** The holder and duration of a wanted lease. */
export interface LeaseRequest {
  readonly holder: string;
  /** From 10 ms to a day. */
  readonly leaseMs: number;
}

/** A lease named by its holder, for engines whose holders' names are unique. */
export interface HolderClaim {
  readonly id: string;
  readonly holder: string;
}

/** How long a heartbeat renews leases of executions, and which. */
export interface ExecutionHeartbeatOptions extends HeartbeatOptions {
  /** Whether an expired lease counts until another claim takes it: "allowed", or "refused" (the default). */
  readonly expired?: "refused" | "allowed" | undefined;
}

/** When an execution of a queue can be claimed next. */
export interface Availability {
  /** When it is due, or when its lease ends; null while it waits for events alone. */
  readonly availableAt: Date | null;
  /** The holder of its lease, even of one that has expired and that nobody has taken. */
  readonly holder: string | null;
  /** The token of that lease; null if there is none. */
  readonly token: number | null;
}

/** The leases of executions, by the database's clock. An execution has at most one holder. */
export interface Leases {
  /**
   * Acquires the lease of an execution. Returns null while a lease is held, even by the same holder: after a restart it cannot know what
   * its former self still does. Takes an execution out of its queue, as a claim does.
   *
   * @throws NotFoundError
   */
  acquireLease(id: string, options: LeaseRequest): Promise<Lease | null>;
  /**
   * Renews leases from now on, in one statement for all of a process. Returns the new end of each; null for an ended lease, which cannot
   * be revived. A claim without a token names its holder.
   */
  heartbeat(
    claims: readonly (Claim | HolderClaim)[],
    options?: ExecutionHeartbeatOptions,
  ): Promise<readonly (Date | null)[]>;
  /**
   * Gives a lease back: its token becomes stale, and another lease can be acquired at once. Returns false if it had ended. An execution
   * in a queue can be claimed again, without an attempt spent.
   */
  releaseLease(id: string, token: number): Promise<boolean>;
  /** The lease that is held now, or null. */
  leaseOf(id: string): Promise<HeldLease | null>;
  /** Tells from when on executions can be claimed from their queues, in input order; null for one in no queue, or ended. */
  availabilityOf(ids: readonly string[]): Promise<readonly (Availability | null)[]>;
}

const leaseRequest: Fields<LeaseRequest> = fieldsOf<LeaseRequest>({ holder: true, leaseMs: true });

/** Reads a claim of an execution, or a record that contains one. */
export const claimOfExecution: Fields<Claim> = fieldsOf<Claim, HeldLease & ClaimedExecution>({
  id: true,
  token: true,
  leaseUntil: false,
  holder: false,
  attempts: false,
  wake: false,
  traceContext: false,
  ...executionNames,
});

/** The leases of a store's or a transaction's `executions`. */
export function leasesOf(session: Session): Leases {
  return {
    acquireLease: async (id, options) => {
      const { holder, leaseMs } = leaseRequest.read(options, "options");
      return session.write(acquireLease, {
        id: checkId(id, "id"),
        holder: checkId(holder, "holder"),
        leaseMs: checkLeaseMs(leaseMs),
      });
    },
    heartbeat: async (claims, options) => {
      const { leaseMs = leaseMsDefault, expired } = heartbeatFields.readOptional(options, "options");
      const both = { leaseMs: checkLeaseMs(leaseMs), lax: checkExpired(expired) };
      const checked = checkEach(claims, "claims", checkNamed);
      return session.writeAll(
        heartbeatWrite,
        checkDistinct(checked, "claims", ({ id }) => id).map((claim) => ({ ...claim, ...both })),
      );
    },
    releaseLease: async (id, token) => {
      const { isReleased, queue } = await session.write(releaseLease, checkLease(id, token));
      hintClaimable(session, [queue]);
      return isReleased;
    },
    leaseOf: async (id) => session.run(getLease({ id: checkId(id, "id") })),
    availabilityOf: async (ids) => {
      const plan = availabilityOfExecutions({ ids: checkEach(ids, "ids", checkId) });
      return session.run(
        mapPlan(plan, (rows) => rows.map(({ isPresent, ...availability }) => (isPresent ? availability : null))),
      );
    },
  };
}

const heartbeatFields: Fields<ExecutionHeartbeatOptions> = fieldsOf<ExecutionHeartbeatOptions>({
  leaseMs: true,
  expired: true,
});
const holderClaim: Fields<HolderClaim> = fieldsOf<HolderClaim>({ id: true, holder: true });

/** Checks a claim with a token, or one that names its holder. */
function checkNamed(claim: Claim | HolderClaim, place: string): Omit<EncodedHeartbeat, "leaseMs" | "lax"> {
  if (typeof claim === "object" && claim !== null && !("token" in claim)) {
    const { id, holder } = holderClaim.readInner(claim, place);
    return { id: checkId(id, `${place}.id`), token: null, holder: checkId(holder, `${place}.holder`) };
  }
  return { holder: null, ...checkClaim(claimOfExecution, claim, place) };
}

interface EncodedAcquisition extends LeaseRequest {
  readonly id: string;
}

interface EncodedHeartbeat {
  readonly id: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly leaseMs: number;
}

const acquireLease: Write<EncodedAcquisition, Lease | null> = {
  name: "executions.acquireLease",
  keys,
  plan: (rows) => {
    const plan = acquireLeases({
      ids: rows.map((row) => row.id),
      holders: rows.map((row) => row.holder),
      leaseMs: rows.map((row) => row.leaseMs),
    });
    return mapPlan(plan, (acquired) =>
      acquired.map(({ token, leaseUntil }) => (token === null ? null : { token, leaseUntil })),
    );
  },
};

const heartbeatWrite: Write<EncodedHeartbeat, Date | null> = {
  name: "executions.heartbeat",
  keys,
  plan: (rows) => {
    const plan = heartbeatExecutions({
      ids: rows.map((row) => row.id),
      tokens: rows.map((row) => row.token),
      holders: rows.map((row) => row.holder),
      lax: rows.map((row) => row.lax),
      leaseMs: rows.map((row) => row.leaseMs),
    });
    return mapPlan(plan, (held) => held.map((row) => row.leaseUntil));
  },
};

const releaseLease: Write<Claim, ReleaseLeasesRow> = {
  name: "executions.releaseLease",
  keys,
  plan: (claims) => releaseLeases(claimColumns(claims)),
};

function checkLease(id: string, token: number): Claim {
  return { id: checkId(id, "id"), token: checkCount(token, "token", 0) };
}

function keys({ id }: { readonly id: string }): readonly string[] {
  return [`execution\0${id}`];
}
