import type { Access } from "../access/access.ts";
import type { Session } from "../protocol/index.ts";
import { release } from "../release.ts";
import type { Parts } from "./route.ts";

/** What the page needs to know first. A browser that is not signed in learns only how to. */
export async function sessionOf(
  request: Request,
  access: Access,
  { store, settings }: Pick<Parts, "store" | "settings">,
): Promise<Session> {
  const isSignedIn = await access.isAllowed(request, { kind: "read" });
  if (!isSignedIn) return { isSignedIn, signIn: access.signIn, console: null };
  return {
    isSignedIn,
    signIn: access.signIn,
    console: {
      version: release,
      now: new Date().toISOString(),
      isRedacted: settings.redact !== null,
      allowsActions: settings.allowActions,
      schema: store.schema,
      location: (await store.health()).location,
      title: settings.title,
      previewBytes: settings.previewBytes,
    },
  };
}
