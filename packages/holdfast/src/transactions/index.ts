export type { QueryResult } from "../postgres/database.ts";
export type { ClientQuery, ClientResult, TransactionClient } from "../postgres/transaction-client.ts";
export type { CallLimits } from "../session/call-limits.ts";
export type { Lock, LockMode, LockOptions, WaitingLock } from "../session/row-locks.ts";
export type { TransactionOptions } from "../session/store-session.ts";
export type { Nouns } from "../nouns.ts";
export type { Read, ReadableNouns, ReadAnswers, Reads } from "../reads.ts";
export type { LimitedStore } from "../store.ts";
export type { JoinedTransaction, Transaction } from "../transaction.ts";
