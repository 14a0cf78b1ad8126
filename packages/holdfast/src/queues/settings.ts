import { checkTimeoutMs } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import type { Queue, QueueSettings, Rate } from "./queue.ts";
import type { ConfigureQueueParameters } from "./statements.generated.ts";

const jobsMax = { min: 1, max: 2 ** 31 - 1 };
const rateLimitMax = { min: 1, max: 1_000_000 };
const rateMsMax = { min: 1, max: 366 * 24 * 3_600_000 };
/** So that a priority times it can be stored. */
const agingMsMax = { min: 1, max: 2 ** 31 - 1 };

const settingFields: Fields<QueueSettings> = fieldsOf<QueueSettings, Queue>({
  concurrency: true,
  concurrencyPerGroup: true,
  rate: true,
  agingMs: true,
  timeoutMs: true,
  name: false,
  pausedAt: false,
  counts: false,
  oldestReadyAt: false,
});

const rateFields: Fields<Rate> = fieldsOf<Rate>({ limit: true, periodMs: true });

/** Checks settings. */
export function encodeSettings(settings: QueueSettings): Omit<ConfigureQueueParameters, "queue"> {
  const {
    concurrency,
    concurrencyPerGroup,
    rate: givenRate,
    agingMs,
    timeoutMs,
  } = settingFields.read(settings, "settings");
  const rate = givenRate === undefined || givenRate === null ? givenRate : rateFields.readInner(givenRate, "rate");
  return {
    setsConcurrency: concurrency !== undefined,
    concurrency: checkSetting(concurrency, "concurrency", jobsMax),
    setsConcurrencyPerGroup: concurrencyPerGroup !== undefined,
    concurrencyPerGroup: checkSetting(concurrencyPerGroup, "concurrencyPerGroup", jobsMax),
    setsRate: rate !== undefined,
    rateLimit: rate ? checkInteger(rate.limit, "rate.limit", rateLimitMax) : null,
    ratePeriodMs: rate ? checkInteger(rate.periodMs, "rate.periodMs", rateMsMax) : null,
    setsAging: agingMs !== undefined,
    agingMs: checkSetting(agingMs, "agingMs", agingMsMax),
    setsTimeout: timeoutMs !== undefined,
    timeoutMs: timeoutMs === undefined || timeoutMs === null ? null : checkTimeoutMs(timeoutMs),
  };
}

function checkSetting(
  value: number | null | undefined,
  field: string,
  bounds: { readonly min: number; readonly max: number },
): number | null {
  return value === undefined || value === null ? null : checkInteger(value, field, bounds);
}
