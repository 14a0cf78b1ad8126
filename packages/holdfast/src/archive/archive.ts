import { SchemaError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkFunction, checkOptionalId, invalid } from "../core/input.ts";
import type { StoreSession } from "../session/store-session.ts";
import { type ExportRequest, writeArchive } from "./export.ts";
import { ArchiveCheck, type RowCounts } from "./format.ts";
import { readArchive } from "./import.ts";
import { linesOf, Spool } from "./spool.ts";

export type { RowCounts } from "./format.ts";

/** How far an export or an import is. */
export interface ArchiveProgress {
  /** The rows written or restored so far. */
  readonly rows: number;
  /** All rows; null for an export, which learns it at its end. */
  readonly total: number | null;
}

/** Is called for each row. What it throws ends the call, and nothing is restored. */
export type OnArchiveProgress = (progress: ArchiveProgress) => void;

/** How to import. */
export interface ImportOptions {
  readonly onProgress?: OnArchiveProgress | undefined;
}

/** What to export: one execution with its descendants or, by default, the whole store. */
export interface ExportOptions {
  readonly executionId?: string | undefined;
  /** Called while the rows are read, before the first line. */
  readonly onProgress?: OnArchiveProgress | undefined;
}

/** The result of an import. */
export interface ImportResult {
  /** The number of rows of each table in the archive. */
  readonly rows: RowCounts;
}

/** The export and import of a store. */
export interface Archive {
  /**
   * The store at one moment, as lines of JSON, each with its line feed: everything, or one execution with its descendants and all their
   * parts. They are first written to a temporary file, so that no connection is held while you read the lines.
   *
   * @throws NotFoundError if the execution does not exist.
   * @throws ConflictError if one of its jobs depends on another execution's job.
   */
  export(options?: ExportOptions): AsyncIterable<string>;
  /**
   * Restores the output of `export`, in chunks of any size, all or nothing: a whole store into an empty one, or executions among others.
   * It is first written to a temporary file and checked.
   *
   * @throws CorruptError for an archive that was cut off or changed.
   * @throws ConflictError if the store is not empty, or has the execution.
   * @throws SchemaError for an archive of another schema.
   * @throws InvalidInputError for input that is no archive.
   */
  import(
    archive: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
    options?: ImportOptions,
  ): Promise<ImportResult>;
}

const exportOptions: Fields<ExportOptions> = fieldsOf<ExportOptions>({ executionId: true, onProgress: true });

const importOptions: Fields<ImportOptions> = fieldsOf<ImportOptions>({ onProgress: true });

const ignore: OnArchiveProgress = () => undefined;

/** The `export` and `import` of a store at a schema. */
export function archiveOf(session: Pick<StoreSession, "transaction">, schema: string): Archive {
  return {
    export: (options = {}) => {
      const given = exportOptions.read(options, "options");
      const executionId = checkOptionalId(given.executionId, "executionId");
      return exported(session, { schema, executionId, onProgress: checkProgress(given.onProgress) });
    },
    import: async (archive, options) => {
      const { onProgress } = importOptions.readOptional(options, "options");
      const given: unknown = archive;
      const isIterable =
        typeof given === "object" && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given);
      if (!isIterable) throw invalid("archive", "must be an iterable of text or bytes, such as what `export` gives");
      return imported(session, { schema, archive, onProgress: checkProgress(onProgress) });
    },
  };
}

function checkProgress(onProgress: OnArchiveProgress | undefined): OnArchiveProgress {
  if (onProgress !== undefined) checkFunction(onProgress, "onProgress");
  return onProgress ?? ignore;
}

async function* exported(
  session: Pick<StoreSession, "transaction">,
  request: ExportRequest,
): AsyncGenerator<string, void, undefined> {
  const spool = await Spool.open();
  try {
    await session.transaction(
      async (tx) => {
        await spool.restart();
        await writeArchive(tx, spool, request);
      },
      { isolation: "repeatable read", readOnly: true },
    );
    for await (const line of spool.lines()) yield `${line}\n`;
  } finally {
    await spool.remove();
  }
}

async function imported(
  session: Pick<StoreSession, "transaction">,
  {
    schema,
    archive,
    onProgress,
  }: {
    readonly schema: string;
    readonly archive: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
    readonly onProgress: OnArchiveProgress;
  },
): Promise<ImportResult> {
  const spool = await Spool.open();
  try {
    const check = new ArchiveCheck();
    for await (const line of linesOf(archive)) {
      check.add(line);
      await spool.write(`${line}\n`);
    }
    const { header, rows } = check.finish();
    if (header.schema !== schema) {
      throw new SchemaError(
        `The archive is of schema ${header.schema}, and this store is at ${schema}: import it with the release that wrote it, and migrate then.`,
        { facts: { expected: schema, actual: header.schema } },
      );
    }
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    await session.transaction((tx) =>
      readArchive(tx, spool, { header, onRow: (count) => onProgress({ rows: count, total }) }),
    );
    return { rows };
  } finally {
    await spool.remove();
  }
}
