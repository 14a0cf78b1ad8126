import { quoted, RecordingFault } from "./fault.ts";
import { tasksPath, type WorkflowTask } from "./wfformat.ts";

/** Which tasks wait for which, by their places in the file. */
interface Links {
  readonly parents: readonly (readonly number[])[];
  readonly children: readonly (readonly number[])[];
}

/** A task's place in an order in which it may run. */
export interface OrderedTask {
  /** Its place in the file's list of tasks. */
  readonly index: number;
  /** Ids of the tasks it waits for, each once, in file order. */
  readonly parents: readonly string[];
  /** How many tasks precede it on the longest path; 0 for a task that waits for none. */
  readonly depth: number;
}

const cycleTasksShownMax = 8;

/**
 * The tasks by depth, then in file order: every task comes after those it waits for. Neither the time nor the stack grows faster than the
 * tasks and their links.
 *
 * A link that only one of its two tasks lists is an error. The format asks for both (all public recordings we read have both), and a
 * guess could run another workflow than the recorded one.
 */
export function orderTasks(tasks: readonly WorkflowTask[]): readonly OrderedTask[] {
  const links = readLinks(tasks);
  const depths = findDepths(tasks, links);
  const levels: number[][] = [];
  for (const [i, depth] of depths.entries()) (levels[depth] ??= []).push(i);
  return levels.flat().map((index) => ({
    index,
    parents: (links.parents[index] ?? []).map((parent) => tasks[parent]?.id ?? ""),
    depth: depths[index] ?? 0,
  }));
}

function readLinks(tasks: readonly WorkflowTask[]): Links {
  const indexes = new Map(tasks.map(({ id }, i) => [id, i]));
  const listed = (field: "parents" | "children"): number[][] => {
    return tasks.map((task, i) => [
      ...new Set(
        task[field].map((id, j) => {
          const index = indexes.get(id);
          if (index !== undefined) return index;
          const path = `${tasksPath}[${i}].${field}[${j}]`;
          throw new RecordingFault(`${path} is ${quoted(id)}, which is no task: add the task or remove the link`, path);
        }),
      ),
    ]);
  };
  const links = { parents: listed("parents"), children: listed("children") };
  checkBothEnds(tasks, links, "parents", "children");
  checkBothEnds(tasks, links, "children", "parents");
  return links;
}

/** Throws at the first link that one end lists and the other does not. */
function checkBothEnds(tasks: readonly WorkflowTask[], links: Links, near: keyof Links, far: keyof Links): void {
  const expected: number[][] = tasks.map(() => []);
  for (const [i, others] of links[near].entries()) for (const other of others) expected[other]?.push(i);
  for (const [i, others] of expected.entries()) {
    const listed = new Set(links[far][i]);
    for (const other of others) {
      if (listed.has(other)) continue;
      const path = `${tasksPath}[${i}].${far}`;
      const [here, there] = [quoted(tasks[i]?.id ?? ""), quoted(tasks[other]?.id ?? "")];
      const problem = `${path} of ${here} lacks ${there}, whose ${near} (${tasksPath}[${other}]) list ${here}`;
      throw new RecordingFault(`${problem}: list the link at both ends or at neither`, path);
    }
  }
}

/** Depths by index. Tasks in a cycle, or behind one, are an error. */
function findDepths(tasks: readonly WorkflowTask[], { parents, children }: Links): readonly number[] {
  const waiting = parents.map(({ length }) => length);
  const depths = parents.map(() => 0);
  const ready = [...waiting.keys()].filter((i) => waiting[i] === 0);
  // The list grows during the loop.
  for (const done of ready) {
    for (const child of children[done] ?? []) {
      depths[child] = Math.max(depths[child] ?? 0, (depths[done] ?? 0) + 1);
      waiting[child] = (waiting[child] ?? 0) - 1;
      if (waiting[child] === 0) ready.push(child);
    }
  }
  if (ready.length === parents.length) return depths;
  const cycle = findCycle(parents, new Set([...waiting.keys()].filter((i) => (waiting[i] ?? 0) > 0)));
  throw cycleFault(cycle.map((i) => tasks[i]?.id ?? ""));
}

/** A cycle in the order its tasks would run. Every stuck task has a stuck parent, so going up must repeat one. */
function findCycle(parents: Links["parents"], stuck: ReadonlySet<number>): readonly number[] {
  const path: number[] = [];
  const places = new Map<number, number>();
  let [at] = stuck;
  while (at !== undefined && !places.has(at)) {
    places.set(at, path.length);
    path.push(at);
    at = parents[at]?.find((parent) => stuck.has(parent));
  }
  const cycle = path.slice(at === undefined ? 0 : places.get(at)).reverse();
  const first = cycle.reduce((best, index, place) => (index < (cycle[best] ?? index) ? place : best), 0);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

function cycleFault(ids: readonly string[]): RecordingFault {
  const hidden = ids.length - cycleTasksShownMax;
  const shown = ids.slice(0, cycleTasksShownMax).map(quoted);
  if (hidden > 0) shown.push(`${hidden} more`);
  const round = [...shown, quoted(ids[0] ?? "")].join(" → ");
  return new RecordingFault(`has tasks that wait for each other, ${round}: remove one of these links`, tasksPath);
}
