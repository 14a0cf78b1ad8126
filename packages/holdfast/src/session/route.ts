/** At most two flights of one route are under way at once, and two only if each has enough calls to be worth a connection. */
const [atOnceMax, large] = [2, 16];

/** The most flights under way, slow ones included. Each takes a connection. */
const flightsMax = 4;

/**
 * How long a flight waits for a lock. If flights of several processes often wait for each other, giving up early only does the work
 * twice. So each flight that gives up makes the next wait longer, and each that lands shortens the wait a little.
 */
const lockWait = { leastMs: 25, mostMs: 200, growth: 2, decay: 0.98 };

/** Consecutive flights of one store, of any kinds or of one. Two of one kind are under way at once only if one is slow. */
export class Route {
  readonly #flightsMax: number;
  /** By kind: how many calls wait, and how many flights that hold up the next have such calls. */
  readonly #waiting = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  /** How many flights are under way, and how many of them are too slow to hold up the next. */
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

  /** Whether calls of a kind may travel now. They wait while a flight with such calls is under way. */
  mayTravel(kind: string): boolean {
    return !this.#underWay.has(kind);
  }

  /** How many flights may leave now. A second one leaves only if both are large, because each has a commit of its own. */
  mayLeave(): number {
    if (this.#waiting.size === 0) return 0;
    const holdingUp = this.#flights - this.#slowFlights;
    const most = Math.min(atOnceMax - holdingUp, this.#flightsMax - this.#flights);
    let ready = 0;
    for (const [name, count] of this.#waiting) if (!this.#underWay.has(name)) ready += count;
    if (most <= 0 || ready === 0 || (holdingUp > 0 && ready < large)) return 0;
    return ready < 2 * large ? 1 : most;
  }

  /** Counts a flight with calls of these kinds as under way. Returns what reports its progress. */
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

  /** Shortens the wait for locks, after a flight that landed. */
  easeLocks(): void {
    this.#lockMs = Math.max(lockWait.leastMs, this.#lockMs * lockWait.decay);
  }

  /** Lengthens the wait for locks, after a flight that gave up. */
  waitLonger(): void {
    this.#lockMs = Math.min(lockWait.mostMs, this.#lockMs * lockWait.growth);
  }
}

/** Reports the progress of a flight. */
export interface Departure {
  /** The flight is slow, and no longer holds up the next. */
  slowDown(): void;
  /** The flight may never end, and is no longer counted. */
  goAlone(): void;
  /** The flight has landed, or continues in the lane for held calls. */
  end(): void;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  const sum = (counts.get(name) ?? 0) + count;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}
