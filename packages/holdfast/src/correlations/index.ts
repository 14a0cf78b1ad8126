export type {
  Correlations,
  DeliveredWait,
  DeliveryInput,
  DeliveryOutcome,
  EventListRequest,
  FirstDelivery,
  KeptEvent,
  MissedDelivery,
  TakenEvent,
  Wait,
  WaitDelivery,
  WaitInput,
  WaitListRequest,
  WaitOutcome,
} from "./correlations.ts";
export type { WaitStatus } from "../core/enums.generated.ts";
