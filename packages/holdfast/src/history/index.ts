export type {
  EntrySubscription,
  FeedEntry,
  FeedPage,
  FeedSubscription,
  History,
  HistoryAppendOptions,
  HistoryEntry,
  HistoryEntryInput,
  HistoryRequest,
  SubscriptionOptions,
} from "./history.ts";
