import type { Bench } from "./bench.ts";
import { history } from "./benches/history.ts";
import { drain, pushMany, pushOne } from "./benches/jobs.ts";
import { kv } from "./benches/kv.ts";
import { saveState } from "./benches/save-state.ts";
import { snapshots } from "./benches/snapshots.ts";
import { transition } from "./benches/transition.ts";

/** Every bench, in the order in which they are run. */
export const benches: readonly Bench[] = [pushOne, pushMany, drain, saveState, transition, kv, snapshots, history];
