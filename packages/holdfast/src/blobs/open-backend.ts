import { folderBackend } from "./backends/folder.ts";
import { s3Backend } from "./backends/s3.ts";
import type { ContentBackend } from "./content-backend.ts";
import type { BlobSettings } from "./settings.ts";

/**
 * Opens what the settings lead to; null for PostgreSQL, which is open already. A folder is made where it is missing, and S3 is
 * asked nothing yet.
 *
 * @throws InvalidInputError where the folder, or the packages for S3, cannot be used.
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
