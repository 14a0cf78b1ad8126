import { loneOf } from "../core/plan.ts";
import { isInputFailure, isLockTimeout, isStatementTimeout } from "../postgres/failures.ts";
import { halvesOf } from "./flight-plan.ts";
import { type Call, Flight } from "./flight.ts";
import type { LockWaits } from "./lock-waits.ts";
import type { Guard } from "./transaction-limits.ts";

/** Why a flight failed. */
export interface Failure {
  readonly error: unknown;
  /** The calls of the kind whose statement failed; undefined if the kind is unknown. */
  readonly atFault: readonly Call[] | undefined;
}

/** What a splitter needs from the coalescer. */
export interface SplitterParts {
  readonly lockWaits: Pick<LockWaits, "isGuarding" | "lane">;
  /** Makes one attempt. Resolves the calls if it succeeds; otherwise returns why it failed. */
  readonly fly: (flight: Flight, guard: Guard | undefined) => Promise<Failure | undefined>;
  /** Rejects the calls of a flight that has failed for good. */
  readonly fail: (flight: Flight, error: unknown) => void;
  /** Takes calls out of their flight. They wait for a later one. */
  readonly putBack: (calls: readonly Call[]) => void;
}

/**
 * Divides a flight that failed because of one call, or that waits for a row held by others. Its parts continue in the lane for held
 * calls, beside the next flights. The kinds that did not fail continue as one part. The failed kind is halved until the guilty call is
 * alone with its error, or the held call waits alone.
 */
export class Splitter {
  readonly #parts: SplitterParts;

  constructor(parts: SplitterParts) {
    this.#parts = parts;
  }

  /** Sends the parts beside the next flights if one call may be at fault. Otherwise all calls have failed. */
  split(flight: Flight, failure: Failure): void {
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

  /** Tries a flight again in the lane. `isHeld` means that its lock is known to be held, so it needs time to wait. */
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
        this.split(flight, failure);
        return false;
      },
    });
  }

  /** Tries the parts one after another, so that the calls that succeed are written in their order. */
  async #tryInTurn(parts: readonly Flight[], guard: Guard): Promise<false> {
    for (const part of parts) {
      const failure = await this.#try(part, guard);
      if (!failure) continue;
      if (!isLockTimeout(failure.error)) await this.#tryInTurn(this.#partsAfter(part, failure), guard);
      else if (part.calls.length === 1) this.setAside(part, true);
      else this.split(part, failure);
    }
    return false;
  }

  #try(flight: Flight, guard: Guard): Promise<Failure | undefined> {
    return this.#parts.fly(flight, this.#parts.lockWaits.isGuarding ? guard : undefined);
  }

  /** Returns the parts to try again after a failure; none if the calls have been rejected. */
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

  /** Puts back all calls of an order except the first: in their own parts they could overtake each other. */
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

/** Whether other calls may succeed without the failed one. After a lost connection, sending again might do the work twice. */
export function isSeparable(error: unknown): boolean {
  return isInputFailure(error) || isLockTimeout(error) || isStatementTimeout(error);
}
