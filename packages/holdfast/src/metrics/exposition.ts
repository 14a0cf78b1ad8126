/** One value of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The distribution of a histogram under one set of labels. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  /** How many observations are at most as great as each bound, and in total. */
  readonly cumulative: readonly number[];
  readonly sum: number;
}

interface Described {
  readonly name: string;
  readonly help: string;
}

/** A metric: a name, what it means, and its values. */
export type Metric =
  | (Described & { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] })
  | (Described & {
      readonly type: "histogram";
      /** The upper bounds of all buckets but the last, which has none. */
      readonly bounds: readonly number[];
      readonly distributions: readonly Distribution[];
    });

/** The content type of the text exposition format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Writes metrics in Prometheus' text exposition format. Metrics without values are left out. */
export function expositionOf(metrics: readonly Metric[]): string {
  return metrics.map(linesOf).join("");
}

function linesOf(metric: Metric): string {
  const lines = metric.type === "histogram" ? histogramLines(metric) : sampleLines(metric);
  if (lines.length === 0) return "";
  const help = metric.help.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);
  return `# HELP ${metric.name} ${help}\n# TYPE ${metric.name} ${metric.type}\n${lines.join("")}`;
}

function sampleLines({ name, samples }: Extract<Metric, { readonly type: "counter" | "gauge" }>): readonly string[] {
  return samples.map(({ labels = {}, value }) => line(name, labels, value));
}

function histogramLines({
  name,
  bounds,
  distributions,
}: Extract<Metric, { readonly type: "histogram" }>): readonly string[] {
  return distributions.flatMap(({ labels, cumulative, sum }) => {
    const buckets = cumulative.map((count, i) =>
      line(`${name}_bucket`, { ...labels, le: valueText(bounds[i] ?? Infinity) }, count),
    );
    return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, cumulative.at(-1) ?? 0)];
  });
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${valueText(value)}\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}

function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
