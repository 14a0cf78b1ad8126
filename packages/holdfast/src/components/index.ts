export {
  type ComponentDefinition,
  type ComponentName,
  type ComponentSchemas,
  defineComponent,
  type DefinedState,
  type OwnExecution,
  type ReadStateOf,
  type SavedState,
  type StateOf,
  type StateOptions,
} from "./component-definition.ts";
export type { Components, ComponentState, ComponentStateInput } from "./components.ts";
