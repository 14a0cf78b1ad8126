import { isDeepStrictEqual } from "node:util";
import parse from "parse-prometheus-text-format";
import type { Store } from "../../src/index.ts";
import type { MetricsOptions } from "../../src/telemetry/index.ts";

type Families = ReturnType<typeof parse>;

/** The metrics of a store, as a scraper reads them. */
export class Scrape {
  readonly text: string;
  readonly families: Families;

  constructor(text: string) {
    this.text = text;
    this.families = parse(text);
  }

  /** The value of one sample; undefined if there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const family = this.families.find((each) => each.name === name);
    const found = family?.metrics.find((metric) => isDeepStrictEqual(metric.labels ?? {}, labels));
    return found?.value === undefined ? undefined : Number(found.value);
  }

  /** The histogram under one label. The parser knows histograms without labels only, so it gets one without. */
  histogram(name: string, label: string): { readonly count: number; readonly buckets: readonly number[] } {
    const own = this.text.split("\n").filter((line) => line.startsWith(`${name}_`) && line.includes(label));
    const bare = own.map((line) => line.replace(`${label},`, "").replace(`{${label}}`, ""));
    const [metric] = parse(`# TYPE ${name} histogram\n${bare.join("\n")}\n`)[0]?.metrics ?? [];
    // An object has whole numbers first among its keys.
    const bound = (text: string): number => (text === "+Inf" ? Infinity : Number(text));
    const buckets = Object.entries(metric?.buckets ?? {}).toSorted(([a], [b]) => bound(a) - bound(b));
    return { count: Number(metric?.count), buckets: buckets.map(([, number]) => Number(number)) };
  }

  /** The values of a metric by one of its labels. */
  by(name: string, label: string, only: Readonly<Record<string, string>> = {}): Readonly<Record<string, number>> {
    const family = this.families.find((each) => each.name === name);
    const metrics = family?.metrics.filter(({ labels = {} }) =>
      Object.entries(only).every(([key, value]) => labels[key] === value),
    );
    const values = (metrics ?? []).map(({ labels = {}, value }) => [labels[label] ?? "", Number(value)] as const);
    return Object.fromEntries(values);
  }
}

/** Scrapes a store. */
export async function scrape(store: Pick<Store, "metrics">, options?: MetricsOptions): Promise<Scrape> {
  return new Scrape((await store.metrics(options)).text);
}
