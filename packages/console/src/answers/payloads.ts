import type { Settings } from "../options.ts";
import type { Payload } from "../protocol/index.ts";
import type { PayloadPlace } from "./payload-place.ts";
import { startOf, toText, type WholeText } from "./text.ts";

/** Turns payloads into what leaves the server. */
export interface Payloads {
  /** A payload for a page: redacted, and cut at the preview's limit. null if it was never given. */
  show(payload: unknown, place: PayloadPlace): Payload | null;
  /** The same for a payload that is always there. */
  showGiven(payload: unknown, place: PayloadPlace): Payload;
  /** A payload for a download: redacted and whole; null if it is withheld. */
  whole(payload: unknown, place: PayloadPlace): WholeText | null;
}

/** Places without a path of their own: what is shown of them is short, or ends with the preview. */
const withoutPath: ReadonlySet<PayloadPlace["of"]> = new Set(["job-log", "event", "blob"]);

/** The payloads of a console. */
export function payloadsOf({ redact, previewBytes }: Pick<Settings, "redact" | "previewBytes">): Payloads {
  const whole = (payload: unknown, place: PayloadPlace): WholeText | null => {
    try {
      return toText(redact === null ? payload : redact(payload, place));
    } catch (error) {
      // Its message may quote the payload, so only its kind is reported.
      const kind = error instanceof Error ? error.name : typeof error;
      process.emitWarning(`The redaction hook threw a ${kind}, so a payload of a ${place.of} is withheld.`, {
        type: "HoldfastConsoleWarning",
      });
      return null;
    }
  };
  const showGiven = (payload: unknown, place: PayloadPlace): Payload => {
    const given = whole(payload, place);
    if (given === null) {
      return { text: "", format: "text", size: 0, isTruncated: false, isWithheld: true, download: null };
    }
    const text = startOf(given.text, previewBytes);
    const isTruncated = text.length < given.text.length;
    const download = isTruncated && !withoutPath.has(place.of) ? downloadPath(place) : null;
    return { ...given, text, isTruncated, isWithheld: false, download };
  };
  return {
    whole,
    showGiven,
    show: (payload, place) => (payload === undefined ? null : showGiven(payload, place)),
  };
}

/** The path that answers a payload as JSON, below the console. */
export function payloadPath(place: PayloadPlace): string {
  return `/api/payload?${queryOf(place)}`;
}

function downloadPath(place: PayloadPlace): string {
  return `/api/payload/download?${queryOf(place)}`;
}

function queryOf(place: PayloadPlace): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(place)) query.set(name, String(value));
  return query.toString();
}
