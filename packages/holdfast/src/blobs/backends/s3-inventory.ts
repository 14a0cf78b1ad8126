import type { ContentInventory, InventoryPage, UnfinishedContent } from "../content-backend.ts";
import type { Bucket } from "./s3-client.ts";
import { isMissing } from "./s3-failures.ts";

/** Lists the contents of a bucket. */
export function s3Inventory(on: Bucket): ContentInventory {
  return {
    list: (space, page) => list(on, space, page),
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
    listUnfinished: (space, page) => listUnfinished(on, space, page),
    removeUnfinished: async (contents) => {
      for (const content of contents) await on.ask(() => abort(on, content));
    },
  };
}

async function list(on: Bucket, space: string, { after, limit }: InventoryPage): Promise<readonly string[]> {
  const Prefix = on.keyOf(`${space}/`);
  const from = { Bucket: on.name, Prefix, StartAfter: after === "" ? Prefix : on.keyOf(after) };
  const ids: string[] = [];
  await on.ask(async () => {
    // A page may have fewer items than it could, or none, and still be followed by another.
    const pages = on.modules.paginateListObjectsV2({ client: on.client, pageSize: limit, stopOnSameToken: true }, from);
    for await (const { Contents = [] } of pages) {
      ids.push(...Contents.map(({ Key = "" }) => on.idOf(Key)));
      if (ids.length >= limit) break;
    }
  });
  return ids.slice(0, limit);
}

/** The SDK has no paginator for these. */
async function listUnfinished(
  on: Bucket,
  space: string,
  { after, limit }: InventoryPage,
): Promise<readonly UnfinishedContent[]> {
  const Prefix = on.keyOf(`${space}/`);
  const found: UnfinishedContent[] = [];
  let from: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } =
    after === "" ? {} : { KeyMarker: on.keyOf(after) };
  for (;;) {
    const MaxUploads = limit - found.length;
    const command = new on.modules.ListMultipartUploadsCommand({ Bucket: on.name, Prefix, MaxUploads, ...from });
    const answer = await on.ask(() => on.client.send(command));
    const { Uploads = [], IsTruncated = false, NextKeyMarker, NextUploadIdMarker } = answer;
    found.push(...Uploads.map(({ Key = "", UploadId = "" }) => ({ id: on.idOf(Key), upload: UploadId })));
    const isStuck = NextKeyMarker === from.KeyMarker && NextUploadIdMarker === from.UploadIdMarker;
    if (!IsTruncated || NextKeyMarker === undefined || isStuck || found.length >= limit) return found.slice(0, limit);
    from = { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) };
  }
}

/** An upload that has ended meanwhile is no failure. */
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
