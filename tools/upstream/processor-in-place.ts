import { join } from 'node:path';

/** The used part of a Vite plugin, described by its shape: Vite is installed beside the tests, not here. */
export interface VitePlugin {
  readonly name: string;
  readonly enforce: 'pre';
  resolveId(this: Resolving, id: string, importer: string | undefined): string | undefined | Promise<unknown>;
  load(id: string): string | undefined;
}

interface Resolving {
  resolve(id: string, importer: string, options: { readonly skipSelf: boolean }): Promise<unknown>;
}

export interface Places {
  /** The checkout's `packages` folder. */
  readonly packages: string;
  /** The folder whose `node_modules` has the packages of the tests. */
  readonly companions: string;
  /** The module of our `StreamProcessor`. */
  readonly streamProcessor: string;
}

const entry = '\0batch-with-stream-processor';
/** The CDK: test helpers for AWS read some of its constants when they are loaded. */
const cdk = '\0cdk-without-constants';

/**
 * Gives the tests the entry of `packages/batch`, with our class under the name `BatchProcessor`. Our class extends the checkout's
 * own `BatchProcessor`, not a published one.
 */
export function processorInPlace({ packages, companions, streamProcessor }: Places): VitePlugin {
  const batch = join(packages, 'batch/src/index.ts');
  const own: Readonly<Record<string, string>> = {
    '@aws-lambda-powertools/batch': batch,
    '@aws-lambda-powertools/testing-utils': join(packages, 'testing/src/helpers.ts'),
    '@aws-lambda-powertools/testing-utils/context': join(packages, 'testing/src/context.ts'),
  };
  return {
    name: 'undam:processor-in-place',
    enforce: 'pre',
    resolveId(id, importer) {
      if (/^(\.\.\/)+src\/index\.js$/.test(id) && importer?.includes('/batch/tests/')) return entry;
      if (own[id] !== undefined) return own[id];
      if (id.startsWith('aws-cdk-lib/')) return cdk;
      if (!/^(@[\w-]+\/)?[\w-]+(\/|$)/.test(id) || id.startsWith('node:')) return undefined;
      return this.resolve(id, join(companions, 'package.json'), { skipSelf: true });
    },
    load(id) {
      if (id === cdk) return 'export const [Architecture, Runtime] = [{}, {}];\n';
      if (id !== entry) return undefined;
      const [all, ours] = [batch, streamProcessor].map((path) => JSON.stringify(path));
      return `export * from ${all};\nexport { StreamProcessor as BatchProcessor } from ${ours};\n`;
    },
  };
}
