/** A handler made a call that leaves the simulation. */
export class RealWorldError extends Error {
  override readonly name = 'RealWorldError';
  /** The name of the call. */
  readonly call: string;

  /** @param call the name of the call */
  constructor(call: string) {
    super(
      `${call} reaches outside the simulation, where time is virtual and nothing real answers: ` +
        'give the handler a stand-in that settles by itself or after a timer (`stubs` of simulate())',
    );
    this.call = call;
  }
}
