import {
  createEventSourceMapping,
  type EventSourceMapping,
  EventSourceMappingError,
  type EventSourceMappingSettings,
  type MappingSource,
} from 'undam/mapping';

/** The mappings of an account: which streams there are, and which function already consumes which. */
export class Mappings {
  readonly #streams: ReadonlyMap<string, MappingSource>;
  readonly #taken = new Set<string>();

  constructor(streams: readonly MappingSource[]) {
    this.#streams = new Map(streams.map((stream) => [stream.streamArn, stream]));
  }

  /**
   * Creates a mapping as Lambda does (recorded).
   *
   * @param now epoch milliseconds
   * @throws EventSourceMappingError also for a stream that is not there and for a second mapping of the same pair
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
    const pair = `${functionArn} ${streamArn}`;
    if (this.#taken.has(pair)) {
      const message = `${streamArn} and ${functionArn} have a mapping already: expected a first one, or an update`;
      throw new EventSourceMappingError('ResourceConflictException', message);
    }
    this.#taken.add(pair);
    return mapping;
  }
}
