import { loneOf } from "./batches.ts";
import { isInputFailure, isLockTimeout, isStatementTimeout } from "./failures.ts";
import { halvesOf } from "./flight-plan.ts";
import { type Call, Flight } from "./flight.ts";
import type { Guard } from "./lock-guard.ts";
import type { LockWaits } from "./lock-waits.ts";

/** Why a flight failed. */
export interface Failure {
  readonly error: unknown;
  /** Of calls of several kinds, those of the one whose statement failed; undefined where that cannot be told. */
  readonly atFault: readonly Call[] | undefined;
}

/** What parting needs of those who send flights. */
export interface PartingParts {
  readonly lockWaits: Pick<LockWaits, "isGuarding" | "lane">;
  /** Makes one attempt, and tells the callers of its success; gives why it failed, if it did. */
  readonly fly: (flight: Flight, guard: Guard | undefined) => Promise<Failure | undefined>;
  /** Tells the callers that their flight has failed for good. */
  readonly fail: (flight: Flight, error: unknown) => void;
  /** Takes calls out of their flights, so that they wait for others. */
  readonly putBack: (calls: readonly Call[]) => void;
}

/**
 * What comes of a flight that failed for one call's sake, or waits for a row that others hold. Its parts go on in the lane for held
 * calls, beside the next flights: the calls of all kinds but the one that failed together, and that one in halves, until the guilty
 * call is alone with its error, and the held ones wait alone.
 */
export class Parting {
  readonly #parts: PartingParts;

  constructor(parts: PartingParts) {
    this.#parts = parts;
  }

  /** Where one call may be at fault, the parts go on beside the next flights; else all have failed. */
  part(flight: Flight, failure: Failure): void {
    const isHeld = isLockTimeout(failure.error);
    const parts = this.#partsAfter(flight, failure);
    if (isHeld) {
      const held = failure.atFault && loneOf(failure.atFault);
      for (const part of parts) this.setAside(part, held !== undefined && part.calls[0] === held);
    } else if (parts.length > 0) {
      const attempt = (guard: Guard): Promise<false> => this.#tryInTurn(parts, guard);
      this.#parts.lockWaits.lane.add({ isHeld: false, sentAt: flight.sentAt, attempt });
    }
  }

  /** Tries a flight again in the lane: at a time when it may wait for its lock, where that is known to be held. */
  setAside(flight: Flight, isHeld: boolean): void {
    flight.state = "resting";
    this.#parts.lockWaits.lane.add({
      isHeld,
      sentAt: flight.sentAt,
      attempt: async (guard, isLast) => {
        const failure = await this.#try(flight, guard);
        if (!failure) return false;
        flight.state = "resting";
        if (flight.calls.length === 1 && isLockTimeout(failure.error) && !isLast) return true;
        this.part(flight, failure);
        return false;
      },
    });
  }

  /** One after the other, so that what is good of a batch is written in the order of the calls. */
  async #tryInTurn(parts: readonly Flight[], guard: Guard): Promise<false> {
    for (const part of parts) {
      const failure = await this.#try(part, guard);
      if (!failure) continue;
      if (!isLockTimeout(failure.error)) await this.#tryInTurn(this.#partsAfter(part, failure), guard);
      else if (part.calls.length === 1) this.setAside(part, true);
      else this.part(part, failure);
    }
    return false;
  }

  #try(flight: Flight, guard: Guard): Promise<Failure | undefined> {
    return this.#parts.fly(flight, this.#parts.lockWaits.isGuarding ? guard : undefined);
  }

  /** Parts to try again after a failure. If there are none, the callers have been told. */
  #partsAfter(flight: Flight, { error, atFault }: Failure): readonly Flight[] {
    if (flight.calls.length === 1 || !isSeparable(error)) {
      this.#parts.fail(flight, error);
      return [];
    }
    const guilty = new Set(atFault ?? flight.calls);
    this.#keepFirsts(flight, guilty);
    const { calls, sentAt } = flight;
    const others = calls.filter((call) => !guilty.has(call));
    const suspects = new Flight(
      calls.filter((call) => guilty.has(call)),
      sentAt,
    );
    const parts = [...(others.length > 0 ? [new Flight(others, sentAt)] : []), ...halvesOf(suspects)];
    for (const part of parts) part.state = "resting";
    return parts;
  }

  /** Of calls in one order only the first goes on by itself: the others would pass each other. */
  #keepFirsts(flight: Flight, guilty: ReadonlySet<Call>): void {
    const orders = new Set<string>();
    const followers: Call[] = [];
    for (const call of flight.calls) {
      if (call.order === undefined || !guilty.has(call)) continue;
      if (orders.has(call.order)) followers.push(call);
      orders.add(call.order);
    }
    if (followers.length > 0) this.#parts.putBack(followers);
  }
}

/** Whether others may succeed without the call that failed. After a lost connection, to send anything again might do the work twice. */
export function isSeparable(error: unknown): boolean {
  return isInputFailure(error) || isLockTimeout(error) || isStatementTimeout(error);
}
