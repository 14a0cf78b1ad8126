import type { Counter, Histogram, Meter, MeterProvider } from "@opentelemetry/api";
import { openTelemetry, scope } from "./open-telemetry.ts";

/** The instruments that Holdfast records, by the semantic conventions of databases and of messaging. */
export interface Instruments {
  /** How long calls of a store take. */
  readonly call: Histogram;
  /** How long pushes and claims take. */
  readonly messaging: Histogram;
  /** How long handlers take. */
  readonly process: Histogram;
  readonly sent: Counter;
  readonly consumed: Counter;
}

let made: { readonly provider: MeterProvider; readonly instruments: Instruments | null } | null = null;

/** The meter of the registered provider; null without one. */
export function meterNow(): Meter | null {
  const api = openTelemetry();
  const meter = api?.metrics.getMeterProvider().getMeter(scope);
  return meter === undefined || meter === api?.createNoopMeter() ? null : meter;
}

/** The instruments of the registered meter provider; null without one. */
export function instruments(): Instruments | null {
  const provider = openTelemetry()?.metrics.getMeterProvider();
  if (provider === undefined) return null;
  if (made === null || made.provider !== provider) {
    const meter = meterNow();
    made = { provider, instruments: meter && makeInstruments(meter) };
  }
  return made.instruments;
}

/** The boundaries of buckets that the conventions advise, in seconds. */
const callBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const messagingBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

function makeInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string, bounds: number[]): Histogram =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: bounds } });
  const messages = (name: string, description: string): Counter =>
    meter.createCounter(name, { description, unit: "{message}" });
  return {
    call: seconds("db.client.operation.duration", "Duration of calls of a store", callBounds),
    messaging: seconds("messaging.client.operation.duration", "Duration of pushes and claims", messagingBounds),
    process: seconds("messaging.process.duration", "Duration of handlers", messagingBounds),
    sent: messages("messaging.client.sent.messages", "Pushed jobs"),
    consumed: messages("messaging.client.consumed.messages", "Jobs, executions and timers given to handlers"),
  };
}
