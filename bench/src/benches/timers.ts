import { startTimerPump, type Store } from "holdfast";
import type { ClaimedTimer } from "holdfast/timers";
import type { TimerPump } from "holdfast/worker";
import type { Bench, Contender, Measurement, Place } from "../bench.ts";
import { until } from "../drain.ts";
import { afterwards, copyRow } from "../fill.ts";
import { latencyOf } from "../load.ts";
import { openHoldfast } from "../peers/holdfast.ts";
import { expectNumber, hasNoRow } from "../rows.ts";

const perSecond = 1000;
/** How long after they are scheduled the first of them is due. */
const leadMs = 1000;
const executionId = "execution";

/** Few timers are due, and many wait. */
export const timers: Bench = {
  name: "timers",
  measures:
    `${perSecond.toLocaleString("en-US")} timers a second come due, one after the other, while others wait for a day that is far: how long ` +
    "after its moment the handler of a timer starts. Or as many are due at once: how soon the last one has been acknowledged.",
  unit: "timers",
  // A million rows take long to write.
  roundsMax: 1,
  cases: (size) => {
    const count = Math.ceil(Math.max(size.seconds, size.name === "full" ? 3 : 0) * perSecond);
    const both = (everyMs: number): readonly Contender[] => [
      { ...firing({ waiting: 1000, count, everyMs }), isOurs: false },
      firing({ waiting: size.rows, count, everyMs }),
    ];
    return [
      { name: `${perSecond.toLocaleString("en-US")} a second`, contenders: both(1000 / perSecond) },
      { name: `${count.toLocaleString("en-US")} at once`, contenders: both(0) },
    ];
  },
};

interface Firing {
  /** How many timers wait. */
  readonly waiting: number;
  /** How many come due, and how long after each other. */
  readonly count: number;
  readonly everyMs: number;
}

function firing({ waiting, count, everyMs }: Firing): Contender {
  return {
    name: `Holdfast, ${waiting.toLocaleString("en-US")} waiting`,
    isOurs: true,
    open: async (place) => {
      const store = await openHoldfast(place);
      await makeWaiting(store, place, waiting);
      const latenciesMs: number[] = [];
      let pump: TimerPump | undefined;
      return {
        run: async (): Promise<Measurement> => {
          const firstAt = Date.now() + leadMs;
          await scheduleAll(store, { count, firstAt, everyMs });
          pump = await startTimerPump(store, {
            limit: 1000,
            handler: async ({ fireAt }: ClaimedTimer) => {
              latenciesMs.push(Date.now() - fireAt.getTime());
            },
          });
          await until(() => Promise.resolve(latenciesMs.length === count));
          await until(() => hasNoRow(place.pool, "select from holdfast.timers where status = 'claimed'"));
          return { operations: count, elapsedMs: Date.now() - firstAt, latencyMs: latencyOf(latenciesMs) };
        },
        check: async () => {
          await expectNumber(place.pool, "select count(*) from holdfast.timers where status = 'fired'", count);
          await expectNumber(place.pool, "select count(*) from holdfast.timers where status = 'scheduled'", waiting);
        },
        close: async () => {
          await pump?.stop();
          await store.close();
        },
      };
    },
  };
}

async function makeWaiting(store: Store, { pool }: Place, waiting: number): Promise<void> {
  await store.executions.save({ id: executionId, status: "running" });
  await store.timers.schedule({ executionId, step: "far", afterMs: 86_400_000 });
  const own = { id: "'t' || n", fire_at: "original.fire_at + n * interval '1 second'" };
  await copyRow(pool, "timers", { rows: waiting - 1, own });
  await pool.query(afterwards);
}

async function scheduleAll(
  store: Store,
  { count, firstAt, everyMs }: { readonly count: number; readonly firstAt: number; readonly everyMs: number },
): Promise<void> {
  const moments = Array.from({ length: count }, (_, i) => new Date(firstAt + i * everyMs));
  await Promise.all(moments.map((fireAt) => store.timers.schedule({ executionId, step: "soon", fireAt })));
}
