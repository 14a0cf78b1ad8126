/** A step of a workflow's graph, and the steps that it comes after. */
export interface GraphStep {
  readonly id: string;
  readonly after: readonly string[];
}

/** The names under which documents say what a step comes after. */
const afterNames = ["after", "dependsOn", "depends_on", "needs", "parents"] as const;

const stepsMax = 2000;

/**
 * The steps in a definition's document: an array, or an object by id. It is called `steps`, `tasks`, `nodes` or `jobs`, also inside
 * `workflow` or `specification`. null for other documents.
 */
export function stepsIn(document: unknown): readonly GraphStep[] | null {
  const found = listIn(document, 0);
  if (found === null || found.length > stepsMax) return null;
  const ids = new Set(found.map(({ id }) => id));
  return found.map(({ id, after }) => ({ id, after: after.filter((before) => ids.has(before)) }));
}

function listIn(document: unknown, depth: number): readonly GraphStep[] | null {
  if (!isRecord(document) || depth > 3) return null;
  for (const name of ["steps", "tasks", "nodes", "jobs"]) {
    const steps = readSteps(document[name]);
    if (steps !== null) return steps;
  }
  return listIn(document["workflow"], depth + 1) ?? listIn(document["specification"], depth + 1);
}

function readSteps(value: unknown): readonly GraphStep[] | null {
  const list = Array.isArray(value) ? value.map((step: unknown) => readStep(null, step)) : [];
  const steps = isRecord(value) ? Object.entries(value).map(([id, step]) => readStep(id, step)) : list;
  return steps.length > 0 && steps.every((step) => step !== null) ? steps : null;
}

function readStep(key: string | null, step: unknown): GraphStep | null {
  if (!isRecord(step)) return null;
  const id = key ?? step["id"] ?? step["name"];
  if (typeof id !== "string" || id === "") return null;
  const after = afterNames.map((name) => step[name]).find((given) => given !== undefined);
  const list = typeof after === "string" ? [after] : after;
  return { id, after: Array.isArray(list) ? list.filter((before) => typeof before === "string") : [] };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
