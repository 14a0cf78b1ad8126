import type { ContentInventory, UnfinishedContent } from "../content-backend.ts";
import type { Bucket } from "./s3-client.ts";
import { isMissing } from "./s3-failures.ts";

/** The most that one request lists. */
const listedMax = 1000;

/** What a bucket has. */
export function s3Inventory(on: Bucket): ContentInventory {
  return {
    list: (space, after, limit) => list(on, { space, after, limit }),
    has: (id) =>
      on.ask(async () => {
        try {
          await on.client.send(new on.modules.HeadObjectCommand({ Bucket: on.name, Key: on.keyOf(id) }));
          return true;
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
      }),
    listUnfinished: async (space, limit) => {
      const Prefix = on.keyOf(`${space}/`);
      const MaxUploads = Math.min(limit, listedMax);
      const command = new on.modules.ListMultipartUploadsCommand({ Bucket: on.name, Prefix, MaxUploads });
      const { Uploads } = await on.ask(() => on.client.send(command));
      return (Uploads ?? []).map(({ Key, UploadId }) => ({ id: on.idOf(Key ?? ""), upload: UploadId ?? "" }));
    },
    removeUnfinished: async (contents) => {
      for (const content of contents) await on.ask(() => abort(on, content));
    },
  };
}

async function list(
  on: Bucket,
  { space, after, limit }: { readonly space: string; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const ids: string[] = [];
  const Prefix = on.keyOf(`${space}/`);
  while (ids.length < limit) {
    const StartAfter = on.keyOf(ids.at(-1) ?? (after === "" ? `${space}/` : after));
    const MaxKeys = Math.min(limit - ids.length, listedMax);
    const command = new on.modules.ListObjectsV2Command({ Bucket: on.name, Prefix, StartAfter, MaxKeys });
    const { Contents, IsTruncated } = await on.ask(() => on.client.send(command));
    ids.push(...(Contents ?? []).map(({ Key }) => on.idOf(Key ?? "")));
    if (!IsTruncated) break;
  }
  return ids;
}

/** One that has ended meanwhile is no failure. */
async function abort(on: Bucket, { id, upload }: UnfinishedContent): Promise<void> {
  const command = new on.modules.AbortMultipartUploadCommand({
    Bucket: on.name,
    Key: on.keyOf(id),
    UploadId: upload,
  });
  try {
    await on.client.send(command);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
