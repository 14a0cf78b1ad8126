import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import UPlot, { type Options } from "uplot";
import "uplot/dist/uPlot.min.css";
import { colourOf, useScheme } from "./scheme.ts";
import "./charts.css";

/** A line of a chart. */
export interface Series {
  readonly name: string;
  /** The name of its colour among the tokens. */
  readonly tone: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
  readonly isFilled?: boolean;
  readonly isDashed?: boolean;
}

/** What a chart shows. */
export interface TimeChartProps {
  readonly title: string;
  /** In seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** The value at the top, if none is greater. */
  readonly leastTop: number;
}

const HEIGHT = 150;

const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Lines over time. Its legend has the newest values, or those under the pointer. */
export function TimeChart({ title, times, series, format, leastTop }: TimeChartProps): ReactNode {
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  usePlot({ box, times, series, format, leastTop, onCursor: setAt });
  return (
    <figure className="chart" aria-label={title}>
      <figcaption>
        <h2>{title}</h2>
        <ul className="legend">
          {series.map(({ name, tone, values, isDashed }) => {
            const value = at === null ? lastOf(values) : (values[at] ?? null);
            return (
              <li key={name}>
                <span className={`legend-mark fill-${tone}${isDashed ? " dashed" : ""}`} aria-hidden="true" />
                {name} <strong>{value === null ? "—" : format(value)}</strong>
              </li>
            );
          })}
        </ul>
      </figcaption>
      <div ref={box} className="chart-box" aria-hidden="true" />
    </figure>
  );
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

interface PlotRequest extends Omit<TimeChartProps, "title"> {
  readonly box: React.RefObject<HTMLDivElement | null>;
  readonly onCursor: (index: number | null) => void;
}

/** Keeps a plot in the box: made anew for other lines or colours, given new values otherwise. */
function usePlot({ box, times, series, format, leastTop, onCursor }: PlotRequest): void {
  const chart = useRef<UPlot | null>(null);
  const scheme = useScheme();
  const shape = series.map(({ name, tone, isFilled, isDashed }) => `${name}/${tone}/${isFilled}/${isDashed}`).join();
  const data = useMemo(() => [times, ...series.map(({ values }) => values)] as UPlot.AlignedData, [times, series]);
  const newest = useRef(data);
  newest.current = data;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const width = (): number => Math.max(element.clientWidth, 120);
    const options = optionsOf({ series, format, leastTop, element, width: width(), onCursor });
    const plot = new UPlot(options, newest.current, element);
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [shape, scheme]);
  useEffect(() => chart.current?.setData(data), [data]);
}

interface OptionsRequest extends Pick<PlotRequest, "series" | "format" | "leastTop" | "onCursor"> {
  readonly element: HTMLElement;
  readonly width: number;
}

function optionsOf({ series, format, leastTop, element, width, onCursor }: OptionsRequest): Options {
  const [text, line] = [colourOf(element, "text-2"), colourOf(element, "line")];
  const axis = { stroke: text, font: "11px system-ui", grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    // The last mark of the time is as wide as its text.
    padding: [10, 26, 0, 0],
    cursor: { y: false, points: { size: 6 }, sync: { key: "overview" } },
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    scales: {
      x: { range: (_plot, from, to) => timeRange(from, to) },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.12, leastTop)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 80,
        values: (_plot, values) => timeLabels(values),
      },
      { ...axis, size: 52, space: 34, gap: 4, values: (_plot, values) => values.map((value) => format(value)) },
    ],
    series: [{}, ...series.map((each) => lineOf(each, colourOf(element, each.tone)))],
  };
}

/** At least a minute, which ends now where nothing is known yet. */
function timeRange(from: number | null, to: number | null): [number, number] {
  const end = to ?? Date.now() / 1000;
  return [Math.min(from ?? end, end - 60), end];
}

/** Clock times, with seconds where the marks are less than a minute apart. */
function timeLabels(values: readonly number[]): string[] {
  const [first = 0, second = 0] = values;
  const format = second - first < 60 ? seconds : clock;
  return values.map((value) => format.format(value * 1000));
}

function lineOf({ name, isFilled = false, isDashed = false }: Series, stroke: string): UPlot.Series {
  return {
    label: name,
    stroke,
    width: 1.5,
    points: { show: false },
    ...(isFilled ? { fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.12)") } : {}),
    ...(isDashed ? { dash: [4, 3] } : {}),
  };
}
