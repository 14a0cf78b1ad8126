/** How many flights of one route are under way at once, where each has so many calls that two connections are quicker than one. */
const [atOnceMax, large] = [2, 16];

/** How many may be under way in all, with those that take long: each takes a connection. */
const flightsMax = 4;

/**
 * How long a flight waits for a lock. Flights of several processes that often wait for each other would only do everything twice
 * by giving up, so each time that one does, the next wait for longer, and then a little less with each that comes through.
 */
const lockWait = { leastMs: 25, mostMs: 200, growth: 2, decay: 0.98 };

/** Flights of one store that follow each other, of any kinds or of one. No two of one kind are under way at once, unless one is slow. */
export class Route {
  readonly #flightsMax: number;
  /** How many calls of each kind wait, and how many flights with such calls are under way that hold up the next. */
  readonly #waiting = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  /** How many flights are under way, and how many of them do not hold up the next. */
  #flights = 0;
  #slowFlights = 0;
  #lockMs = lockWait.leastMs;

  constructor(connectionsMax: number) {
    this.#flightsMax = Math.max(1, Math.min(flightsMax, connectionsMax >> 1));
  }

  /** How long a flight that leaves now waits for a lock. */
  get lockMs(): number {
    return Math.round(this.#lockMs);
  }

  /** A call begins to wait. */
  join(kind: string): void {
    add(this.#waiting, kind, 1);
  }

  /** A call waits no more. */
  leave(kind: string): void {
    add(this.#waiting, kind, -1);
  }

  /** Whether a call may travel now: the next of its kind follows the one that is under way. */
  mayTravel(kind: string): boolean {
    return !this.#underWay.has(kind);
  }

  /** How many flights may leave now: a second one only where both are large, for each has a commit of its own. */
  mayLeave(): number {
    if (this.#waiting.size === 0) return 0;
    const holdingUp = this.#flights - this.#slowFlights;
    const most = Math.min(atOnceMax - holdingUp, this.#flightsMax - this.#flights);
    let ready = 0;
    for (const [name, count] of this.#waiting) if (!this.#underWay.has(name)) ready += count;
    if (most <= 0 || ready === 0 || (holdingUp > 0 && ready < large)) return 0;
    return ready < 2 * large ? 1 : most;
  }

  /** Notes that calls of some kinds leave together, and gives what notes how that goes. */
  depart(kinds: ReadonlySet<string>): Departure {
    for (const name of kinds) add(this.#underWay, name, 1);
    this.#flights++;
    let [flights, slowFlights, isHoldingUp] = [1, 0, true];
    const holdUpNoMore = (): void => {
      if (isHoldingUp) for (const name of kinds) add(this.#underWay, name, -1);
      isHoldingUp = false;
    };
    return {
      slowDown: () => {
        holdUpNoMore();
        this.#slowFlights += ++slowFlights;
      },
      goAlone: () => {
        holdUpNoMore();
        this.#flights -= flights--;
      },
      end: () => {
        holdUpNoMore();
        this.#flights -= flights;
        this.#slowFlights -= slowFlights;
      },
    };
  }

  /** A flight came through. */
  easeLocks(): void {
    this.#lockMs = Math.max(lockWait.leastMs, this.#lockMs * lockWait.decay);
  }

  /** A flight waited for a lock in vain. */
  waitLonger(): void {
    this.#lockMs = Math.min(lockWait.mostMs, this.#lockMs * lockWait.growth);
  }
}

/** What becomes of a flight that is under way. */
export interface Departure {
  /** It takes long, so it does not hold up the next. */
  slowDown(): void;
  /** It may take for ever, and is not counted any more. */
  goAlone(): void;
  /** It has landed, or is gone on with in the lane for held calls. */
  end(): void;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  const sum = (counts.get(name) ?? 0) + count;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}
