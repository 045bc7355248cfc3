import { randomUUID } from 'node:crypto';
import {
  createEventSourceMapping,
  type EventSourceMapping,
  EventSourceMappingError,
  type EventSourceMappingSettings,
  type MappingSource,
} from 'undam/mapping';

/** One mapping of an account. */
export interface AccountMapping {
  readonly UUID: string;
  readonly FunctionArn: string;
  readonly EventSourceArn: string;
  readonly mapping: EventSourceMapping;
}

/** The mappings of an account: its streams, and the functions that consume each. */
export class Mappings {
  readonly #streams: ReadonlyMap<string, MappingSource>;
  readonly #mappings: AccountMapping[] = [];

  constructor(streams: readonly MappingSource[]) {
    this.#streams = new Map(streams.map((stream) => [stream.streamArn, stream]));
  }

  /**
   * Creates a mapping as Lambda does (recorded).
   *
   * @param functionArn qualified or not: two aliases of one function may consume the same stream
   * @param now epoch milliseconds
   * @throws EventSourceMappingError, also for an unknown stream and for a second mapping of the same pair
   */
  create(
    functionArn: string,
    streamArn: string,
    settings: EventSourceMappingSettings,
    now: number,
  ): EventSourceMapping {
    const source = this.#streams.get(streamArn);
    if (!source) throw new EventSourceMappingError('InvalidParameterValueException', `Stream not found: ${streamArn}`);
    const mapping = createEventSourceMapping(settings, source, now);
    const other = this.list(functionArn).find(({ EventSourceArn }) => EventSourceArn === streamArn);
    if (other) {
      const message =
        `The event source arn (" ${streamArn} ") and function (" ${functionArn} ") provided mapping already exists. ` +
        `Please update or delete the existing mapping with UUID ${other.UUID}`;
      throw new EventSourceMappingError('ResourceConflictException', message);
    }
    this.#mappings.push({ UUID: randomUUID(), FunctionArn: functionArn, EventSourceArn: streamArn, mapping });
    return mapping;
  }

  /** Recorded: the mappings of exactly this name; the unqualified name does not list those of an alias. */
  list(functionArn: string): readonly AccountMapping[] {
    return this.#mappings.filter(({ FunctionArn }) => FunctionArn === functionArn);
  }
}
