import { Check, Copy, Download } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { Payload } from "../../protocol/index.ts";
import { mountPath } from "../api/base.ts";
import { formatBytes } from "../parts/format.ts";
import { notify } from "../parts/notices.tsx";
import { Code, Lines } from "./lines.tsx";

interface PayloadProps {
  readonly label: string;
  /** null if none was given. */
  readonly payload: Payload | null;
}

/** A payload as numbered lines. It is text, whatever it holds. */
export function PayloadView({ label, payload }: PayloadProps): ReactNode {
  const lines = useMemo(() => payload?.text.split("\n") ?? [], [payload]);
  if (payload === null) return <p className="faint payload-none">None was given.</p>;
  if (payload.isWithheld) return <p className="faint payload-none">Withheld: the redaction hook failed.</p>;
  const isPlain = payload.format !== "json";
  return (
    <div className="payload">
      <CopyButton text={payload.text} label={`Copy ${label.toLowerCase()}`} />
      <Lines
        label={label}
        lines={lines}
        render={(line, index) => (
          <>
            <span className="line-number" aria-hidden="true">
              {index + 1}
            </span>
            {isPlain ? <code>{line}</code> : <Code text={line} />}
          </>
        )}
      />
      <Truncation payload={payload} />
    </div>
  );
}

/** Says that a payload is only shown in part, and where the whole is. */
function Truncation({ payload: { isTruncated, size, download } }: { readonly payload: Payload }): ReactNode {
  if (!isTruncated) return null;
  return (
    <p className="muted truncation">
      This is its beginning: the whole has {formatBytes(size)}.{" "}
      {download === null ? null : (
        <a href={`${mountPath}${download}`} download>
          <Download size={13} aria-hidden="true" /> Download
        </a>
      )}
    </p>
  );
}

interface CopyProps {
  readonly text: string;
  readonly label: string;
}

/** Copies a text, and shows for a moment that it did. */
export function CopyButton({ text, label }: CopyProps): ReactNode {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      },
      () => notify("The browser did not allow copying.", true),
    );
  };
  return (
    <button type="button" className="button quiet icon copy" aria-label={label} title={label} onClick={copy}>
      {isCopied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
    </button>
  );
}
