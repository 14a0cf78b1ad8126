import type { BlobBackend } from "../core/enums.generated.ts";
import { InvalidInputError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import type { Session } from "../session/session.ts";
import { folderBackend } from "./backends/folder.ts";
import { postgresBackend } from "./backends/postgres.ts";
import { s3Backend } from "./backends/s3.ts";
import type { ContentBackend } from "./content-backend.ts";
import type { BlobSettings } from "./settings.ts";

/** The parts that the methods of `blobs` work with. */
export interface BlobParts {
  readonly session: Session;
  /** The backend of new contents. */
  readonly backend: ContentBackend;
  /** Every backend whose contents can be reached. PostgreSQL's is always one, so that a store can move away from it. */
  readonly reachable: readonly ContentBackend[];
}

/**
 * Opens the backend of the settings; null for PostgreSQL, which is open already. Creates a missing folder. Sends nothing to S3 yet.
 *
 * @throws InvalidInputError if the folder, or the packages for S3, cannot be used.
 */
export async function openBlobBackend(settings: BlobSettings): Promise<ContentBackend | null> {
  switch (settings.kind) {
    case "postgres":
      return null;
    case "folder":
      return folderBackend(settings.folder);
    case "s3":
      return s3Backend(settings.s3);
  }
}

/** The parts on a session; null stands for PostgreSQL itself. */
export function blobParts(session: Session, external: ContentBackend | null): BlobParts {
  const postgres = postgresBackend(session);
  return external === null
    ? { session, backend: postgres, reachable: [postgres] }
    : { session, backend: external, reachable: [external, postgres] };
}

/**
 * The backend that has a blob's content.
 *
 * @throws InvalidInputError if the store was opened without it.
 */
export function backendNamed({ reachable }: BlobParts, name: BlobBackend, key: string): ContentBackend {
  const found = reachable.find((backend) => backend.name === name);
  if (found) return found;
  throw new InvalidInputError(
    `Blob ${quote(key)} is kept in the backend ${name}, with which this store was not opened: give it as blobs.backend.`,
    { facts: { field: "blobs.backend", key, backend: name } },
  );
}
