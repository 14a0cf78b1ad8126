/** One step of the project's own build and test: a process, what it waits for, and what it reads and writes. */
export interface Step {
  readonly id: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** Ids of the steps that must be done before it. */
  readonly after: readonly string[];
  /** Files and folders, by their paths in the project. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

const SOURCE = "packages/holdfast/src";
const BUILT = "packages/holdfast/dist";
const CONTRACT = "packages/contract/src";
const CONTRACT_BUILT = "packages/contract/dist";
const IMAGE = `${BUILT}/postgres/embedded/image.tar.br`;
const MIGRATIONS = `${SOURCE}/migrations`;
const PACKAGE = "packages/holdfast/package.json";
/** What the steps leave for each other and nobody keeps; git ignores it. */
export const SCRATCH = ".cache";
const PACKED = `${SCRATCH}/holdfast-0.1.0.tgz`;

/** The step that every other one waits for, itself or through others: the project as it was committed. */
export const CHECKOUT: Step = {
  ...step("checkout", "git archive --output .cache/project.tar HEAD", []),
  writes: [SOURCE, CONTRACT, "packages/holdfast/test", "tools", "package.json"],
};

// A step's id, its command, and the steps that it needs besides the checkout. It needs only those whose output it reads, whatever the
// order in which a person would type them. A step comes after those it waits for.
const TABLE: readonly Step[] = [
  {
    ...step("compile", "tsc --build packages/holdfast packages/contract", []),
    reads: [SOURCE, CONTRACT],
    writes: [BUILT, CONTRACT_BUILT],
  },
  { ...step("image", "tsx tools/embedded-image.ts", ["compile"]), reads: ["tools"], writes: [IMAGE] },
  { ...step("typecheck", "tsc --build", ["compile"]), reads: [SOURCE, "packages/holdfast/test", "tools", BUILT] },
  { ...step("format", "oxfmt --check", []), reads: [SOURCE, "packages/holdfast/test", "tools"] },
  { ...step("lint", "oxlint", []), reads: [SOURCE, "packages/holdfast/test", "tools"] },
  { ...step("unused", "knip", []), reads: [SOURCE, "packages/holdfast/test", "tools", "package.json"] },
  { ...step("migrations", `squawk ${MIGRATIONS}/*.sql`, []), reads: [MIGRATIONS] },
  { ...step("statements", "tsx tools/sql/main.ts --check", []), reads: [SOURCE] },
  { ...step("schema", "tsx tools/schema/main.ts --check", []), reads: [MIGRATIONS] },
  { ...step("package", "publint --strict packages/holdfast", ["image"]), reads: [PACKAGE, BUILT, IMAGE] },
  {
    ...step("pack", `npm pack ./packages/holdfast --pack-destination ${SCRATCH}`, ["image"]),
    reads: [PACKAGE, BUILT, IMAGE],
    writes: [PACKED],
  },
  {
    ...step("unpack", `tar -x -z -f ${PACKED} -C ${SCRATCH}`, ["pack"]),
    reads: [PACKED],
    writes: [`${SCRATCH}/package`],
  },
  { ...step("start", `node ${SCRATCH}/package/bin/holdfast.js --version`, ["unpack"]), reads: [`${SCRATCH}/package`] },
];

/** The tests: by their project in vitest.config.ts, which files they are, and what they need. Each file is a step. */
const TESTS = [
  { kind: "unit", files: /^(packages\/[^/]+\/src\/.+|tools\/.+)\.test\.ts$/, after: [], reads: [SOURCE] },
  {
    kind: "test",
    files: /^(packages\/[^/]+\/test\/.+)(?<!\.long)\.test\.ts$/,
    after: ["image"],
    reads: [BUILT, CONTRACT_BUILT, IMAGE, "packages/holdfast/test"],
  },
] as const;

/**
 * Every step for a project with these files: the table, a step for each part of the tests, and their count. Leaves out the named steps
 * and those that wait for them; only the count continues with the remaining tests.
 */
export function stepsFor(files: readonly string[], without: readonly string[] = []): readonly Step[] {
  const tests = TESTS.flatMap(({ kind, files: pattern, after, reads }) => {
    const places = files.flatMap((file) => pattern.exec(file)?.[1] ?? []);
    return places.map((place) => testStep({ kind, place, after, reads }));
  }).filter(({ id }) => !without.includes(id));
  const reports = tests.flatMap(({ writes }) => writes);
  const ids = tests.map(({ id }) => id);
  const count = { ...step("count", `node .ci/count-tests.mjs ${reports.join(" ")}`, ids), reads: reports };
  const out = new Set(without);
  const kept = [...TABLE, ...tests, count].filter(({ id, after }) => {
    if (after.some((other) => out.has(other))) out.add(id);
    return !out.has(id);
  });
  return [CHECKOUT, ...kept.map((other) => (other.after.length > 0 ? other : { ...other, after: [CHECKOUT.id] }))];
}

interface TestPart {
  readonly kind: string;
  readonly place: string;
  readonly after: readonly string[];
  readonly reads: readonly string[];
}

function testStep({ kind, place, after, reads }: TestPart): Step {
  const name = place.replace(/^packages\/[^/]+\/(src|test)\//, "").replaceAll("/", ".");
  const report = `${SCRATCH}/${kind}.${name}.json`;
  const command = `vitest run --project ${kind} --reporter=default --reporter=json --outputFile=${report} ${place}.test.ts`;
  return { ...step(`${kind}.${name}`, command, after), reads, writes: [report] };
}

function step(id: string, command: string, after: readonly string[]): Step {
  const [program = "", ...words] = command.split(" ");
  return { id, program, arguments: words, after, reads: [], writes: [] };
}
