export {
  defineWorkflow,
  type DocumentOf,
  type ReadDocumentOf,
  type WorkflowDefinition,
  type WorkflowName,
  type WorkflowSchemas,
} from "./workflow-definition.ts";
export {
  type Definition,
  type DefinitionInput,
  type DefinitionListRequest,
  type DefinitionQuery,
  type Definitions,
  type Step,
  validateSteps,
  type VersionChoice,
} from "./definitions.ts";
export type { DefinitionStatus } from "../core/enums.generated.ts";
