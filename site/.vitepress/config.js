// The site: every page of the repository where it is, with its links, and the API reference.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "vitepress";

const root = join(import.meta.dirname, "../..");
const reference = JSON.parse(readFileSync(join(import.meta.dirname, "../reference/typedoc-sidebar.json"), "utf8"));

export default defineConfig({
  title: "Holdfast",
  description: "The state store that workflow engines stand on: PostgreSQL underneath, TypeScript on top.",
  srcDir: root,
  srcExclude: [
    "{.cache,.changeset,.github}/**",
    "packages/*/{src,test}/**",
    "site/README.md",
    "**/{node_modules,dist}/**",
  ],
  outDir: join(import.meta.dirname, "../dist"),
  cacheDir: join(import.meta.dirname, "cache"),
  // A README is the page of its folder; as it stays where it is, so do its links.
  rewrites: (page) => page.replace(/README\.md$/, "index.md"),
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Documentation", link: "/docs/" },
      { text: "API reference", link: "/site/reference/" },
    ],
    sidebar: {
      "/site/reference/": reference,
      "/": sectionsOf("docs/README.md"),
    },
  },
  markdown: { config: linkFiles },
  vite: {
    // The index of the search is one large chunk, which the browser loads when somebody searches.
    build: { chunkSizeWarningLimit: 4_000 },
    logLevel: "warn",
    plugins: [
      {
        // Pages become components of Vue, which is installed here and not where they are.
        name: "vue-of-site",
        enforce: "pre",
        resolveId(source, importer, { ssr }) {
          if (!/^vue(?:\/|$)/.test(source)) return null;
          if (ssr) return { id: source, external: true };
          return importer?.endsWith(".md") ? this.resolve(source, import.meta.filename, { skipSelf: true }) : null;
        },
      },
    ],
  },
  buildEnd: copyLinkedFiles,
});

/** The links of an index, below the heading of each of its sections. */
function sectionsOf(index) {
  const [, ...sections] = readFileSync(join(root, index), "utf8").split(/^## /m);
  return sections.map((section) => ({
    text: section.slice(0, section.indexOf("\n")),
    items: [...section.matchAll(/\[([^\]]+)\]\(([^)#]+\.md)\)/g)].map(([, text, link]) => ({
      text: text.replaceAll("`", ""),
      link: `/${join(dirname(index), link)}`.replace(/README\.md$/, "").replace(/\.md$/, ""),
    })),
  }));
}

const linked = new Set();

/** Lets a link to a README lead to the page of its folder, and one to a file that is no page, such as an example, to its text. */
function linkFiles(md) {
  md.core.ruler.push("files", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === "link_open" ? token.attrGet("href") : null;
      if (href === null || /^(?:\w+:|#|\/)/.test(href)) continue;
      if (/\.md(?:#|$)/.test(href)) {
        token.attrSet("href", href.replace(/README\.md(?=#|$)/, "index.md"));
        continue;
      }
      const file = join(dirname(env.relativePath), href);
      if (!existsSync(join(root, file))) throw new Error(`${env.relativePath} links to ${file}, which is not there.`);
      linked.add(file);
      token.attrSet("href", `/${file}.txt`);
      token.attrSet("target", "_blank");
    }
  });
}

function copyLinkedFiles({ outDir }) {
  for (const file of linked) {
    mkdirSync(dirname(join(outDir, file)), { recursive: true });
    copyFileSync(join(root, file), join(outDir, `${file}.txt`));
  }
}
