import { Presets, SingleBar } from "cli-progress";

/** A progress bar on the terminal; elsewhere nothing is drawn. */
export interface ProgressBar {
  update(done: number): void;
  stop(): void;
}

/** Draws to standard error, so that standard output contains only the report. */
export function showProgress(total: number): ProgressBar {
  const bar = new SingleBar(
    {
      format: "{bar} {percentage}% | {value}/{total} tasks | {duration_formatted}",
      stream: process.stderr,
      hideCursor: true,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    update: (done) => bar.update(done),
    stop: () => bar.stop(),
  };
}
