/** A Kinesis client of the SDK, met by its shape: whoever only simulates has no SDK, and no need of its types. */
export interface StreamClient {
  send(command: never): Promise<unknown>;
}
