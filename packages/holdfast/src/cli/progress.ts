import type { Context } from "./context.ts";

/** A progress bar on a terminal; elsewhere nothing is drawn. */
export interface ProgressBar {
  update(done: number): void;
  /** Ends it; with the number that was done in the end, which the total may have been a guess at. */
  stop(done?: number): void;
}

const nothing: ProgressBar = { update: () => undefined, stop: () => undefined };

/** Draws to the errors, so that the output holds only the result. Without a total, it counts. */
export async function showProgress(context: Context, total: number | null, unit: string): Promise<ProgressBar> {
  const { errors } = context.terminal;
  if (errors.isTTY !== true) return nothing;
  const { Presets, SingleBar } = await import("cli-progress");
  const rate = `{value} ${unit} | {rate}/s`;
  const bar = new SingleBar(
    {
      format:
        total === null
          ? `${rate} | {duration_formatted}`
          : `{bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left`,
      stream: errors,
      barsize: 24,
      hideCursor: true,
      linewrap: false,
      clearOnComplete: false,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  bar.start(total ?? 0, 0, { rate: "-" });
  return {
    update: (done) => {
      const seconds = (performance.now() - startedAt) / 1000;
      bar.update(done, { rate: seconds > 0 ? Math.round(done / seconds).toLocaleString("en-US") : "-" });
    },
    stop: (done) => {
      if (done !== undefined) {
        bar.setTotal(done);
        bar.update(done);
      }
      bar.stop();
    },
  };
}
