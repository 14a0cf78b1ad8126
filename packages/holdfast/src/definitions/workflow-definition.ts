import { isDefined, nameOf } from "../core/defined.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId } from "../core/input.ts";
import { checkSchemas, type StandardSchema } from "../core/standard-schema.ts";

/** The name of a definition, and the type of its documents. Accepted where such a name is. Made by {@link defineWorkflow}. */
export interface WorkflowDefinition<Document = unknown, Read = Document> {
  readonly kind: "workflow";
  readonly name: string;
  readonly schemas: WorkflowSchemas<Document, Read>;
  /** Types only: never set. */
  readonly types?: { readonly document: Document; readonly read: Read } | undefined;
}

/** A definition by its name, or as it is defined in code. */
export type WorkflowName = string | WorkflowDefinition;

/** What is published under a name: unknown where it is not defined. */
export type DocumentOf<N> = N extends WorkflowDefinition ? NonNullable<N["types"]>["document"] : unknown;

/** What is read under a name: the document, as its schema gives it. */
export type ReadDocumentOf<N> = N extends WorkflowDefinition ? NonNullable<N["types"]>["read"] : unknown;

/** The schema of documents, of any library that implements Standard Schema. */
export interface WorkflowSchemas<Document = unknown, Read = Document> {
  /** Checks documents when they are published, and when they are read under this name. */
  readonly document?: StandardSchema<Document, Read> | undefined;
}

const schemaFields: Fields<WorkflowSchemas> = fieldsOf<WorkflowSchemas>({ document: true });

/**
 * Defines a workflow: the name of its definitions, and the type of their documents. It writes nothing to the database.
 *
 * ```ts
 * import { defineWorkflow } from "holdfast";
 *
 * const order = defineWorkflow<{ steps: readonly string[] }>("order");
 * ```
 *
 * Give a schema instead of a type to have documents checked too. What is published is stored as it was given; a read answers what the
 * schema makes of it.
 *
 * @throws InvalidInputError
 */
export function defineWorkflow<Document = unknown, Read = Document>(
  name: string,
  schemas: WorkflowSchemas<Document, Read> = {},
): WorkflowDefinition<Document, Read> {
  return Object.freeze({
    kind: "workflow",
    name: checkId(name, "name"),
    schemas: checkSchemas(schemaFields.read(schemas, "schemas")),
  });
}

/** The name of a definition, checked. */
export function checkName(name: WorkflowName, field = "name"): string {
  return checkId(nameOf("workflow", name), field);
}

/** The schema of the documents under a name. */
export function schemaOf(name: WorkflowName): WorkflowSchemas["document"] {
  return isDefined("workflow", name) ? name.schemas.document : undefined;
}
