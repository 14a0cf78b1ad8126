import {
  type CreateObservationalMemoryInput,
  type CreateReflectionGenerationInput,
  MemoryStorage,
  type ObservationalMemoryHistoryOptions,
  type ObservationalMemoryRecord,
  type SwapBufferedReflectionToActiveInput,
  type SwapBufferedToActiveInput,
  type SwapBufferedToActiveResult,
  type UpdateActiveObservationsInput,
  type UpdateBufferedObservationsInput,
  type UpdateBufferedReflectionInput,
  type UpdateObservationalMemoryConfigInput,
} from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import { type DomainOptions, type Home, homeOf } from "./document.ts";
import { Observations } from "./observations.ts";

/** The half of Mastra's memory that observes. Each change is Mastra's own, made while the record is locked. */
export abstract class ObservedMemory extends MemoryStorage {
  override readonly supportsObservationalMemory = true;
  protected readonly home: Home;
  protected readonly observations: Observations;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super();
    this.home = homeOf(place, options);
    this.observations = new Observations(this.home);
  }

  override async getObservationalMemory(
    threadId: string | null,
    resourceId: string,
  ): Promise<ObservationalMemoryRecord | null> {
    const [newest = null] = await this.observations.list({ threadId, resourceId }, 1);
    return newest;
  }

  override async getObservationalMemoryHistory(
    threadId: string | null,
    resourceId: string,
    limit?: number,
    options?: ObservationalMemoryHistoryOptions,
  ): Promise<ObservationalMemoryRecord[]> {
    return this.observations.list({ threadId, resourceId }, limit, options);
  }

  override async initializeObservationalMemory(
    input: CreateObservationalMemoryInput,
  ): Promise<ObservationalMemoryRecord> {
    return this.observations.create((memory) => memory.initializeObservationalMemory(input));
  }

  override async insertObservationalMemoryRecord(record: ObservationalMemoryRecord): Promise<void> {
    await this.observations.put(record);
  }

  override async createReflectionGeneration(
    input: CreateReflectionGenerationInput,
  ): Promise<ObservationalMemoryRecord> {
    return this.observations.create((memory) => memory.createReflectionGeneration(input));
  }

  override async updateActiveObservations(input: UpdateActiveObservationsInput): Promise<void> {
    await this.observations.change(input.id, (memory) => memory.updateActiveObservations(input));
  }

  override async updateBufferedObservations(input: UpdateBufferedObservationsInput): Promise<void> {
    await this.observations.change(input.id, (memory) => memory.updateBufferedObservations(input));
  }

  override async swapBufferedToActive(input: SwapBufferedToActiveInput): Promise<SwapBufferedToActiveResult> {
    return this.observations.change(input.id, (memory) => memory.swapBufferedToActive(input));
  }

  override async updateBufferedReflection(input: UpdateBufferedReflectionInput): Promise<void> {
    await this.observations.change(input.id, (memory) => memory.updateBufferedReflection(input));
  }

  override async swapBufferedReflectionToActive(
    input: SwapBufferedReflectionToActiveInput,
  ): Promise<ObservationalMemoryRecord> {
    return this.observations.change(input.currentRecord.id, (memory) => memory.swapBufferedReflectionToActive(input));
  }

  override async setReflectingFlag(id: string, isReflecting: boolean): Promise<void> {
    await this.observations.change(id, (memory) => memory.setReflectingFlag(id, isReflecting));
  }

  override async setObservingFlag(id: string, isObserving: boolean): Promise<void> {
    await this.observations.change(id, (memory) => memory.setObservingFlag(id, isObserving));
  }

  override async setBufferingObservationFlag(id: string, isBuffering: boolean, atTokens?: number): Promise<void> {
    await this.observations.change(id, (memory) => memory.setBufferingObservationFlag(id, isBuffering, atTokens));
  }

  override async setBufferingReflectionFlag(id: string, isBuffering: boolean): Promise<void> {
    await this.observations.change(id, (memory) => memory.setBufferingReflectionFlag(id, isBuffering));
  }

  override async setPendingMessageTokens(id: string, tokenCount: number): Promise<void> {
    await this.observations.change(id, (memory) => memory.setPendingMessageTokens(id, tokenCount));
  }

  override async updateObservationalMemoryConfig(input: UpdateObservationalMemoryConfigInput): Promise<void> {
    await this.observations.change(input.id, (memory) => memory.updateObservationalMemoryConfig(input));
  }

  override async clearObservationalMemory(threadId: string | null, resourceId: string): Promise<void> {
    await this.observations.removeAll({ threadId, resourceId });
  }
}
