// What a process that is killed or measured does: node --import tsx child.ts <what> <store options as JSON> [MiB]
import { createHash } from "node:crypto";
import { openStore } from "../../dist/index.js";

const [, , what = "", options = "{}", size = "0"] = process.argv;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const mebibyte = Buffer.alloc(1024 * 1024, "holdfast");
const store = await openStore(JSON.parse(options) as Parameters<typeof openStore>[0]);

/** So many MiB, each different, and made as they are asked for. */
async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    const piece = Buffer.from(mebibyte);
    piece.writeUInt32LE(i);
    yield piece;
  }
}

const actions: Record<string, () => Promise<unknown>> = {
  /** Uploads, and stops in the middle. */
  async upload() {
    const endless = async function* endless(): AsyncGenerator<Uint8Array> {
      yield* bytes(12);
      say("waiting");
      setInterval(() => undefined, 1000);
      await new Promise(() => undefined);
    };
    await store.blobs.upload("died", endless());
  },

  /** Uploads and downloads, and tells how much memory that took beyond what a small one takes. */
  async measure() {
    await store.blobs.upload("small", bytes(12));
    for await (const _ of (await store.blobs.download("small")).body) continue;
    const rest = process.memoryUsage.rss();
    const startedAt = performance.now();
    const { sha256 } = await store.blobs.upload("large", bytes(Number(size)));
    const uploaded = process.resourceUsage().maxRSS * 1024;
    const uploadMs = performance.now() - startedAt;
    const hash = createHash("sha256");
    for await (const piece of (await store.blobs.download("large")).body) hash.update(piece as Uint8Array);
    const downloaded = process.resourceUsage().maxRSS * 1024;
    const downloadMs = performance.now() - startedAt - uploadMs;
    if (hash.digest("hex") !== sha256) throw new Error("the bytes that came back are not those that were uploaded");
    say(`measured ${JSON.stringify({ rest, uploaded, downloaded, uploadMs, downloadMs })}`);
    await store.close();
    process.exit(0);
  },
};

await actions[what]?.();
