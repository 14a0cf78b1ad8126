import type { BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";
import { meterNow } from "../telemetry/instruments.ts";
import { catalog, type MetricName } from "./catalog.ts";
import type { Metric } from "./exposition.ts";

/**
 * Gives the metrics of a store to OpenTelemetry, if a meter provider is registered. They are read whenever its reader collects. Returns a
 * function that ends this.
 */
export function observeMetrics(namespace: string, read: () => Promise<readonly Metric[]>): () => void {
  const meter = meterNow();
  if (meter === null) return () => undefined;
  const instruments = new Map(Object.keys(catalog).map((name) => [name, instrumentOf(meter, name as MetricName)]));
  const observe: BatchObservableCallback = async (result) => {
    // A reader has nobody to report a failure to. The next one reads again.
    const metrics = await read().catch(() => []);
    for (const metric of metrics) {
      const instrument = instruments.get(metric.name);
      if (instrument === undefined || metric.type === "histogram") continue;
      for (const { labels, value } of metric.samples) {
        result.observe(instrument, value, { ...labels, "db.namespace": namespace });
      }
    }
  };
  const observed = [...instruments.values()];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}

function instrumentOf(meter: Meter, name: MetricName): Observable {
  const { type, help: description } = catalog[name];
  return type === "counter"
    ? meter.createObservableCounter(name, { description })
    : meter.createObservableGauge(name, { description });
}
