import { Download } from "lucide-react";
import type { BlobRow } from "../../protocol/index.ts";
import { mountPath } from "../api/base.ts";
import { formatBytes } from "../parts/format.ts";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";

/** The columns of lists of blobs. */
export const blobColumns: readonly Column<BlobRow>[] = [
  {
    head: "Key",
    width: "minmax(160px, 2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ key }) => <span className="mono">{key}</span>,
  },
  { head: "Size", width: "80px", narrow: "70px", isNumber: true, cell: ({ size }) => formatBytes(size) },
  {
    head: "Type",
    width: "minmax(110px, 1fr)",
    cell: ({ contentType }) => <span className="muted">{contentType}</span>,
  },
  { head: "Stored in", width: "84px", cell: ({ backend }) => backend },
  {
    head: "SHA-256",
    width: "minmax(90px, 1fr)",
    cell: ({ sha256 }) => (
      <code className="faint" title={sha256}>
        {sha256.slice(0, 16)}
      </code>
    ),
  },
  { head: "Written", width: "84px", isNumber: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
  { head: "Expires", width: "84px", isNumber: true, cell: ({ expiresAt }) => <Ago at={expiresAt} none="never" /> },
  {
    head: "Download",
    width: "76px",
    narrow: "40px",
    cell: ({ download, key }) =>
      download === null ? (
        <span className="faint">—</span>
      ) : (
        <a className="button quiet icon" href={`${mountPath}${download}`} download aria-label={`Download ${key}`}>
          <Download size={14} aria-hidden="true" />
        </a>
      ),
  },
];
