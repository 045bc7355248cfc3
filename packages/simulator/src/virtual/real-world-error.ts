/** A handler in a simulation reached for something real. */
export class RealWorldError extends Error {
  override readonly name = 'RealWorldError';

  /** @param what the function that was called */
  constructor(what: string) {
    super(
      `${what} reaches outside the simulation, where time is virtual and nothing real answers: ` +
        'give the handler a stand-in that settles by itself or after a timer',
    );
  }
}
