/** A Kinesis client of the SDK, described by its shape: simulations need neither the SDK nor its types. */
export interface StreamClient {
  send(command: never): Promise<unknown>;
}
