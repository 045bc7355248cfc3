/** A handler in a simulation reached for something real. */
export class RealWorldError extends Error {
  override readonly name = 'RealWorldError';
  /** The function that was called. */
  readonly call: string;

  /** @param call the function that was called */
  constructor(call: string) {
    super(
      `${call} reaches outside the simulation, where time is virtual and nothing real answers: ` +
        'give the handler a stand-in that settles by itself or after a timer (`stubs` of simulate())',
    );
    this.call = call;
  }
}
