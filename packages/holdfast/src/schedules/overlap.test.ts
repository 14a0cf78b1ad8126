import { expect, test } from "vitest";
import { overlap, type TickJob } from "./overlap.ts";

const [one, two, three] = ["1", "2", "3"].map((id) => ({ id, runAt: new Date(Number(id)), after: null })) as [
  TickJob,
  TickJob,
  TickJob,
];
const none = { canceled: [], skipped: 0 };

test("allow makes every job", () => {
  expect(overlap("allow", ["0"], [one, two])).toEqual({ ...none, jobs: [one, two], tracked: ["2"] });
});

test("skip makes a job where none is open", () => {
  expect(overlap("skip", [], [one, two])).toEqual({ ...none, jobs: [one], skipped: 1, tracked: ["1"] });
  expect(overlap("skip", ["0"], [one])).toEqual({ ...none, jobs: [], skipped: 1, tracked: ["0"] });
});

test("buffer one lets one job wait for the one that is open", () => {
  const after = (job: TickJob, first: string): TickJob => ({ ...job, after: first });
  const two1 = after(two, "1");
  expect(overlap("buffer_one", [], [one, two, three])).toEqual({
    ...none,
    jobs: [one, two1],
    skipped: 1,
    tracked: ["1", "2"],
  });
  expect(overlap("buffer_one", ["0"], [one])).toEqual({ ...none, jobs: [after(one, "0")], tracked: ["0", "1"] });
  expect(overlap("buffer_one", ["0", "1"], [two])).toEqual({ ...none, jobs: [], skipped: 1, tracked: ["0", "1"] });
});

test("cancel previous leaves the newest job alone", () => {
  expect(overlap("cancel_previous", ["0"], [one, two])).toEqual({
    jobs: [two],
    canceled: ["0"],
    skipped: 1,
    tracked: ["2"],
  });
});

test("without ticks, what is open stays looked at", () => {
  expect(overlap("skip", ["0"], [])).toEqual({ ...none, jobs: [], tracked: ["0"] });
});
