import { middyVersions } from './middy-versions.ts';
import { StoringSink } from './storing-sink.ts';
import { VirtualLambda } from './virtual-lambda.ts';

/** Middlewares around the handler of a test, in virtual time. @param attempts N */
export function unitFunction(attempts = 2) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const guarded = () =>
    middyVersions[0]![1]().use(
      lambda.middlewares.streamGuard({ quarantine: { sink, attempts, retry: 'redelivery' }, observe: () => {} }),
    );
  const textsQuarantined = () => sink.stored.map(({ data }) => Buffer.from(data, 'base64').toString());
  return { lambda, sink, guarded, textsQuarantined };
}
