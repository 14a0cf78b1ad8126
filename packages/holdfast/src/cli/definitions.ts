import { type Command, InvalidArgumentError, Option } from "commander";
import type { Definition, DefinitionStatus, VersionChoice } from "../definitions/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { definitionPaints, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly status?: DefinitionStatus;
  readonly orderBy?: "name" | "createdAt";
}

/** `holdfast definitions`. */
export function buildDefinitions(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("each name with its newest version"))
      .addOption(
        new Option("--status <status>", "with its newest version in this status").choices(wordsOf(definitionPaints)),
      )
      .addOption(new Option("--order-by <field>", "by name, or by publication").choices(["name", "createdAt"])),
    "definitions list --order-by createdAt --order desc",
  ).action(({ status, orderBy, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, { ...listing, list: (page) => store.definitions.list({ status, orderBy, ...page }) }),
    ),
  );
  withExamples(
    withPage(command.command("versions").description("the versions of a name, newest first").argument("<name>")),
    "definitions versions order",
  ).action((name: string, flags: PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, { ...listing, list: (page) => store.definitions.versions(name, page) }),
    ),
  );
  withExamples(
    command
      .command("get")
      .description("one version with its document")
      .argument("<name>")
      .argument("[version]", "a number, active or latest", versionOf, "latest"),
    "definitions get order active",
    "definitions get order 3 --json | jq .document",
  ).action((name: string, version: VersionChoice) =>
    withStore(context, async (store) => printRecord(context, await store.definitions.require(name, version))),
  );
  buildChange(command, context, "activate");
  buildChange(command, context, "retire");
}

function buildChange(command: Command, context: Context, verb: "activate" | "retire"): void {
  const about = {
    activate: "let new executions run a version; the active one is retired",
    retire: "let no new execution run a version; its executions continue",
  };
  withExamples(
    withConfirmation(
      command
        .command(verb)
        .description(about[verb])
        .argument("<name>")
        .argument("<version>", "its number", wholeNumber(1, 2 ** 31 - 1)),
    ),
    `definitions ${verb} order 3`,
  ).action(async (name: string, version: number, flags: ConfirmFlags) => {
    requireConsent(context, flags);
    await withStore(context, async (store) => {
      const { status } = await store.definitions.require(name, version);
      const active = verb === "activate" ? await store.definitions.get(name, "active") : null;
      const instead = active === null ? "" : ` instead of ${active.version}`;
      if (!(await confirm(context, `${verb} version ${version} of ${name} (${status})${instead}`, flags))) return;
      const { document: _, ...changed } = await store.definitions[verb](name, version);
      await printRecord(context, changed);
    });
  });
}

function versionOf(text: string): VersionChoice {
  if (text === "active" || text === "latest") return text;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number, active or latest.");
}

const columns: readonly Column<Definition>[] = [
  { title: "NAME", cell: ({ name }) => name },
  { title: "VERSION", cell: ({ version }) => String(version), isNumber: true },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => definitionPaints[status] },
  { title: "PUBLISHED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  { title: "DEPLOYED", cell: ({ deployedAt }) => formatMoment(deployedAt), yields: true },
];

const listing = {
  noun: "definitions",
  columns,
  toItem: (definition: Definition) => without(definition, "document"),
} as const;
