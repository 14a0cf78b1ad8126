import { parentPort, workerData } from "node:worker_threads";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.ts";
import { Server } from "./server.ts";

/** How often deferred commits go to disk. */
const SYNC_MS = 1000;

/** The exit code of a thread whose PostgreSQL crashed. */
const CRASHED = 70;

if (parentPort === null) throw new Error("The embedded database's worker must be started as a worker thread.");
const port = parentPort;

// The data comes from worker-host.ts, which is built with this file.
const settings = workerData as WorkerSettings;

try {
  serve(await Server.open(settings, crash));
} catch (error) {
  crash(error instanceof Error ? error.message : String(error));
}

function serve(server: Server): void {
  let last: Promise<void> = Promise.resolve();
  port.on("message", (message: ToWorker) => {
    last = last.then(() => answer(server, message)).catch((error: unknown) => crash(String(error)));
  });
  setInterval(() => {
    try {
      server.sync();
    } catch (error) {
      crash(String(error));
    }
  }, SYNC_MS).unref();
  tell({ kind: "ready" });
}

async function answer(server: Server, message: ToWorker): Promise<void> {
  if (message.kind === "close") {
    await server.close();
    tell({ kind: "closed" });
    port.close();
    return;
  }
  const reply = await server.exchange(message.bytes);
  // The state is read from the reply before its memory moves to the caller's thread.
  const rest = server.restAfter(reply);
  tell({ kind: "reply", id: message.id, bytes: reply }, [reply.buffer]);
  await rest();
}

function crash(reason: string): never {
  tell({ kind: "failed", reason });
  process.exit(CRASHED);
}

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
