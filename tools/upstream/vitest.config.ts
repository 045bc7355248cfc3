import { join } from 'node:path';
import { processorInPlace } from './processor-in-place.ts';

const { UPSTREAM_PACKAGES: packages = '', UPSTREAM_COMPANIONS: companions = '' } = process.env;
const streamProcessor = join(import.meta.dirname, '../../packages/undam/src/powertools/stream-processor.ts');

export default {
  root: join(packages, 'batch'),
  cacheDir: join(companions, 'vite'),
  plugins: [processorInPlace({ packages, companions, streamProcessor })],
  test: { environment: 'node', setupFiles: [join(packages, 'testing/src/setupEnv.ts')] },
};
