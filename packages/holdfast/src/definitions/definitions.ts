import { searchableCodec } from "../core/codec.ts";
import type { DefinitionStatus } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames, pageRequest } from "../core/fields.ts";
import {
  checkLimit,
  checkOneOf,
  checkOptionalBoolean,
  checkOrder,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, nameAfter, numberAfter } from "../core/pages.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { readBySchema } from "../core/standard-schema.ts";
import type { Session } from "../session/session.ts";
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
} from "./queries.ts";
import {
  findDefinitions,
  getActiveDefinition,
  getDefinition,
  type GetDefinitionRow,
  getLatestDefinition,
  listDefinitions,
  listDefinitionsByCreation,
  listVersions,
  lockDefinition,
  removeDefinition,
  removeExecutionsOf,
} from "./statements.generated.ts";
import { checkName, type DocumentOf, type ReadDocumentOf, schemaOf, type WorkflowName } from "./workflow-definition.ts";

export {
  checkName,
  defineWorkflow,
  type DocumentOf,
  type ReadDocumentOf,
  type WorkflowName,
} from "./workflow-definition.ts";
export type { DefinitionInput } from "./publish.ts";
export { type Step, validateSteps } from "./steps.ts";
export type { DefinitionListRequest, DefinitionQuery } from "./queries.ts";

/** One version of a workflow's document. */
export interface Definition<Document = unknown> {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: Document;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it last became the active version; null if it never was. */
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** A version by its number, the active one, or the one with the highest number. */
export type VersionChoice = number | "active" | "latest";

/**
 * Workflow documents by name and version. Only the status of a published version ever changes. Under a defined name, documents have the
 * type of its definition. `get`, `require` and `versions` throw a CorruptError for one that its schema refuses.
 */
export interface Definitions {
  /**
   * Adds a version: the given one, or the next of its name. Concurrent calls without a version get different ones. Published as "active",
   * it replaces the formerly active one, which is retired.
   *
   * @throws DuplicateError if the version exists, even with the same document.
   * @throws InvalidInputError
   */
  publish<N extends WorkflowName, D extends DocumentOf<N>>(input: DefinitionInput<D, N>): Promise<Definition<D>>;
  /** null if the version does not exist, none is active, or there is none at all. */
  get<N extends WorkflowName>(name: N, version: VersionChoice): Promise<Definition<ReadDocumentOf<N>> | null>;
  /** @throws NotFoundError */
  require<N extends WorkflowName>(name: N, version: VersionChoice): Promise<Definition<ReadDocumentOf<N>>>;
  /**
   * Activates a version, whatever its status was, and retires the previous one. An active version stays as it is.
   *
   * @throws NotFoundError
   */
  activate(name: WorkflowName, version: number): Promise<Definition>;
  /**
   * Retires a version; its executions continue. A retired version stays as it is.
   *
   * @throws NotFoundError
   */
  retire(name: WorkflowName, version: number): Promise<Definition>;
  /**
   * Each name once, with its newest version; with a `status`, its newest version in that status. Ordered by name in byte order or, with
   * `orderBy`, by the publication time of that version.
   */
  list(request?: DefinitionListRequest): Promise<Page<Definition>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: DefinitionListRequest): AsyncGenerator<Definition, void, undefined>;
  /** The versions of one name: newest first, unless `order` is "asc". */
  versions<N extends WorkflowName>(name: N, page?: PageRequest): Promise<Page<Definition<ReadDocumentOf<N>>>>;
  /** Every item of `versions`, read in pages of `limit`. */
  iterateVersions<N extends WorkflowName>(
    name: N,
    page?: PageRequest,
  ): AsyncGenerator<Definition<ReadDocumentOf<N>>, void, undefined>;
  /** The versions whose document contains `containing`, by the rules of PostgreSQL's `@>`, ordered by name, then version. */
  find(containing: unknown, request?: DefinitionQuery): Promise<Page<Definition>>;
  /** Every item of `find`, read in pages of `limit`. */
  iterateFind(containing: unknown, request?: DefinitionQuery): AsyncGenerator<Definition, void, undefined>;
  /**
   * Removes a version, with `cascade` together with its executions and everything they own. Returns false if it does not exist. Its
   * number is assigned again only if it was the highest.
   *
   * @throws ConflictError while executions refer to it, without `cascade`.
   */
  remove(name: WorkflowName, version: number, options?: { readonly cascade?: boolean | undefined }): Promise<boolean>;
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

const definitionQuery: Fields<DefinitionQuery> = fieldsOf<DefinitionQuery>({ ...pageNames, status: true });

const definitionListRequest: Fields<DefinitionListRequest> = fieldsOf<DefinitionListRequest>({
  ...pageNames,
  status: true,
  orderBy: true,
});

type RemoveOptions = NonNullable<Parameters<Definitions["remove"]>[2]>;

const removeOptions: Fields<RemoveOptions> = fieldsOf<RemoveOptions>({ cascade: true });

/** The `definitions` of a store or of a transaction. */
export function definitionsOf(session: Session): Definitions {
  const get = async <N extends WorkflowName>(
    name: N,
    version: VersionChoice,
  ): Promise<Definition<ReadDocumentOf<N>> | null> => {
    const plan = choose(checkName(name), version);
    const definition = await session.run(mapPlan(plan, (row) => row && toDefinition(row)));
    return definition && readDocument(name, definition);
  };
  return {
    get,
    require: async (name, version) => (await get(name, version)) ?? notFound(checkName(name), version),
    publish: async (input) => {
      const { document, ...given } = definitionFields.read(input, "input");
      const encoded = encodeDefinition({ ...given, document });
      if (encoded.check !== null) await encoded.check;
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
      const {
        after,
        limit,
        status,
        orderBy = "name",
        ...given
      } = definitionListRequest.readOptional(request, "request");
      const size = checkLimit(limit);
      const order = checkOrder(given.order);
      const asked = { status: checkStatus(status), limit: size + 1 };
      if (checkOneOf(orderBy, "orderBy", ["name", "createdAt"]) === "createdAt") {
        const plan = listDefinitionsByCreation[order]({ ...asked, ...readMomentCursor(after) });
        return toPage(await session.run(plan), size, toDefinition, momentCursorOf);
      }
      const plan = listDefinitions[order]({ ...asked, after: nameAfter(after, order) });
      return toPage(await session.run(plan), size, toDefinition, (row) => row.name);
    },
    versions: async (name, page) => {
      const { after, limit, ...given } = pageRequest.readOptional(page, "page");
      const size = checkLimit(limit);
      const order = checkOrder(given.order, "desc");
      const plan = listVersions[order]({
        name: checkName(name),
        after: numberAfter(after, order),
        limit: size + 1,
      });
      const found = toPage(await session.run(plan), size, toDefinition, (row) => String(row.version));
      const documents = found.items.map(async (definition) => readDocument(name, definition));
      return { ...found, items: await Promise.all(documents) };
    },
    find: async (containing, request) => {
      const { after, limit, status, ...given } = definitionQuery.readOptional(request, "request");
      const size = checkLimit(limit);
      const order = checkOrder(given.order);
      const plan = findDefinitions[order]({
        containing: searchableCodec.encode(containing, "containing"),
        status: checkStatus(status),
        limit: size + 1,
        ...readCursor(after, order),
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

function checkKey(name: WorkflowName, version: number): { readonly name: string; readonly version: number } {
  return { name: checkName(name), version: checkVersion(version) };
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

/** A definition with its document as the schema of its name gives it; as it is, and at once, without one. */
function readDocument<N extends WorkflowName>(
  name: N,
  stored: Definition,
): Definition<ReadDocumentOf<N>> | Promise<Definition<ReadDocumentOf<N>>> {
  const schema = schemaOf(name);
  if (schema === undefined) return stored as Definition<ReadDocumentOf<N>>;
  const of = `version ${stored.version} of ${stored.name}`;
  return readBySchema(schema, stored.document, { field: "document", of }).then((document) => ({
    ...stored,
    document: document as ReadDocumentOf<N>,
  }));
}

function notFound(name: string, version: VersionChoice): never {
  const wanted = typeof version === "number" ? `version ${version}` : `${version} version`;
  throw new NotFoundError(
    `Definition ${name} has no ${wanted}: publish${version === "active" ? " and activate" : ""} it first.`,
    {
      facts: { entity: "definition", name, version },
    },
  );
}
