import { searchableCodec } from "../database/codec.ts";
import type { DefinitionStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf, pageRequest } from "../database/fields.ts";
import {
  checkId,
  checkLimit,
  checkOptionalBoolean,
  checkOptionalId,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import {
  activateDefinition,
  type DefinitionInput,
  encodeDefinition,
  publishDefinition,
  retireDefinition,
} from "./publish.ts";
import {
  checkStatus,
  checkVersion,
  cursorOf,
  type DefinitionListRequest,
  type DefinitionQuery,
  momentCursorOf,
  readCursor,
  readMomentCursor,
  versionBelow,
} from "./queries.ts";
import {
  findDefinitions,
  getActiveDefinition,
  getDefinition,
  type GetDefinitionRow,
  getLatestDefinition,
  listDefinitions,
  listNewestDefinitions,
  listVersions,
  lockDefinition,
  removeDefinition,
  removeExecutionsOf,
} from "./statements.generated.ts";

export type { DefinitionInput } from "./publish.ts";
export { type Step, validateSteps } from "./steps.ts";
export type { DefinitionListRequest, DefinitionQuery } from "./queries.ts";

/** One version of a workflow's document. */
export interface Definition {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it last became the active version; null if it never was. */
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** A version by its number, or the one that is active, or the one with the highest number. */
export type VersionChoice = number | "active" | "latest";

/** Workflow documents by name and version. A published version never changes but for its status. */
export interface Definitions {
  /**
   * Adds a version: the given one, or the next of its name. Concurrent calls without a version get different ones. Published
   * as "active", it takes the place of the formerly active one, which is retired.
   *
   * @throws DuplicateError where the version exists, also with the same document. @throws InvalidInputError
   */
  publish<D>(input: DefinitionInput<D>): Promise<Definition>;
  /** null where there is no such version, none that is active, or none at all. */
  get(name: string, version: VersionChoice): Promise<Definition | null>;
  /** @throws NotFoundError */
  require(name: string, version: VersionChoice): Promise<Definition>;
  /**
   * Makes a version the active one of its name, whatever its status was, and retires the one that was. A version that is
   * active already stays as it is. @throws NotFoundError
   */
  activate(name: string, version: number): Promise<Definition>;
  /** Retires a version; its executions go on. One that is retired stays as it is. @throws NotFoundError */
  retire(name: string, version: number): Promise<Definition>;
  /**
   * Each name once, in byte order, with its newest version; with a `status`, its newest version in that status. With `newestFirst`, by
   * when that version was published.
   */
  list(request?: DefinitionListRequest): Promise<Page<Definition>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: DefinitionListRequest): AsyncGenerator<Definition, void, undefined>;
  /** The versions of one name, newest first. */
  versions(name: string, page?: PageRequest): Promise<Page<Definition>>;
  /** Every item of `versions`, read in pages of `limit`. */
  iterateVersions(name: string, page?: PageRequest): AsyncGenerator<Definition, void, undefined>;
  /** The versions whose document contains `containing`, as PostgreSQL's `@>` has it: by name, then version. */
  find(containing: unknown, request?: DefinitionQuery): Promise<Page<Definition>>;
  /** Every item of `find`, read in pages of `limit`. */
  iterateFind(containing: unknown, request?: DefinitionQuery): AsyncGenerator<Definition, void, undefined>;
  /**
   * Removes a version, with `cascade` together with its executions and all that is theirs; false where there is none.
   * Its number is given again only if it was the highest. @throws ConflictError while executions refer to it, without `cascade`.
   */
  remove(name: string, version: number, options?: { readonly cascade?: boolean | undefined }): Promise<boolean>;
}

/** A {@link DefinitionInput} of any document. */
type AnyDefinitionInput = { readonly [Name in keyof DefinitionInput]: unknown };

const definitionFields: Fields<AnyDefinitionInput> = fieldsOf<AnyDefinitionInput, Definition>({
  name: true,
  version: true,
  document: true,
  status: true,
  steps: true,
  createdAt: false,
  updatedAt: false,
  deployedAt: false,
  retiredAt: false,
});

const definitionQuery: Fields<DefinitionQuery> = fieldsOf<DefinitionQuery>({ after: true, limit: true, status: true });

const definitionListRequest: Fields<DefinitionListRequest> = fieldsOf<DefinitionListRequest>({
  after: true,
  limit: true,
  status: true,
  newestFirst: true,
});

type RemoveOptions = NonNullable<Parameters<Definitions["remove"]>[2]>;

const removeOptions: Fields<RemoveOptions> = fieldsOf<RemoveOptions>({ cascade: true });

/** The `definitions` of a store or of a transaction. */
export function definitionsOf(session: Session): Definitions {
  const get = async (name: string, version: VersionChoice): Promise<Definition | null> =>
    session.run(mapPlan(choose(checkId(name, "name"), version), (row) => row && toDefinition(row)));
  return {
    get,
    require: async (name, version) => (await get(name, version)) ?? notFound(name, version),
    publish: async (input) => {
      const { document, ...given } = definitionFields.read(input, "input");
      const encoded = encodeDefinition({ ...given, document });
      const { name, status } = encoded;
      return { name, status, document, ...(await session.write(publishDefinition, encoded)) };
    },
    activate: async (name, version) => toDefinition(await session.write(activateDefinition, checkKey(name, version))),
    retire: async (name, version) => toDefinition(await session.write(retireDefinition, checkKey(name, version))),
    remove: async (name, version, options) => {
      const { cascade } = removeOptions.readOptional(options, "options");
      const key = checkKey(name, version);
      const executions = checkOptionalBoolean(cascade, "cascade") === true ? [removeExecutionsOf(key)] : [];
      const plan = combinePlans([lockDefinition(key), combinePlans(executions), removeDefinition(key)]);
      return session.run(mapPlan(plan, ([, , { removed }]) => removed));
    },
    ...iterable(listsOf(session)),
  };
}

type Lists = Pick<Definitions, "list" | "versions" | "find">;

function iterable(lists: Lists): Lists & Pick<Definitions, "iterate" | "iterateVersions" | "iterateFind"> {
  return {
    ...lists,
    iterate: (request = {}) => iterate(request, "request", lists.list),
    iterateVersions: (name, page = {}) => iterate(page, "page", (each) => lists.versions(name, each)),
    iterateFind: (containing, request = {}) => iterate(request, "request", (each) => lists.find(containing, each)),
  };
}

function listsOf(session: Session): Lists {
  return {
    list: async (request) => {
      const { after, limit, status, newestFirst } = definitionListRequest.readOptional(request, "request");
      const size = checkLimit(limit);
      const asked = { status: checkStatus(status), limit: size + 1 };
      if (checkOptionalBoolean(newestFirst, "newestFirst") === true) {
        const newest = listNewestDefinitions({ ...asked, ...readMomentCursor(after) });
        return toPage(await session.run(newest), size, toDefinition, momentCursorOf);
      }
      const plan = listDefinitions({ ...asked, after: checkOptionalId(after, "after") ?? "" });
      return toPage(await session.run(plan), size, toDefinition, (row) => row.name);
    },
    versions: async (name, page) => {
      const { after, limit } = pageRequest.readOptional(page, "page");
      const size = checkLimit(limit);
      const plan = listVersions({ name: checkId(name, "name"), before: versionBelow(after), limit: size + 1 });
      return toPage(await session.run(plan), size, toDefinition, (row) => String(row.version));
    },
    find: async (containing, request) => {
      const { after, limit, status } = definitionQuery.readOptional(request, "request");
      const size = checkLimit(limit);
      const plan = findDefinitions({
        containing: searchableCodec.encode(containing, "containing"),
        status: checkStatus(status),
        limit: size + 1,
        ...readCursor(after),
      });
      return toPage(await session.run(plan), size, toDefinition, cursorOf);
    },
  };
}

function choose(name: string, version: VersionChoice): Plan<GetDefinitionRow | null> {
  if (version === "active") return getActiveDefinition({ name });
  if (version === "latest") return getLatestDefinition({ name });
  return getDefinition({ name, version: checkVersion(version) });
}

function checkKey(name: string, version: number): { readonly name: string; readonly version: number } {
  return { name: checkId(name, "name"), version: checkVersion(version) };
}

function toDefinition(row: GetDefinitionRow): Definition {
  const { name, version, status, document, createdAt, updatedAt, deployedAt, retiredAt } = row;
  return {
    name,
    version,
    status,
    document: searchableCodec.decode(document),
    createdAt,
    updatedAt,
    deployedAt,
    retiredAt,
  };
}

function notFound(name: string, version: VersionChoice): never {
  const which = typeof version === "number" ? `version ${version}` : `${version} version`;
  throw new NotFoundError(
    `Definition ${name} has no ${which}: publish${version === "active" ? " and activate" : ""} it first.`,
    {
      facts: { entity: "definition", name, version },
    },
  );
}
