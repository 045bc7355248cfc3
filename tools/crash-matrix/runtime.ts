import { join } from 'node:path';
import { root } from '../repo/workspace.ts';
import type { Runtime } from './cell.ts';

const modules = join(root, 'node_modules');

const clients = { ric3: 'aws-lambda-ric-3/bin/index.mjs', ric4: 'aws-lambda-ric/index.mjs' } as const;

/** The parts of a runtime on this machine. */
export interface RuntimeParts {
  /** The Node binary. */
  readonly node: string;
  /** The entry of the official runtime client. */
  readonly runtimeClient: string;
  /** Lambda's name of the runtime. */
  readonly runtime: string;
}

export function partsOf(runtime: Runtime): RuntimeParts {
  const [node, client] = runtime.split('-') as ['node22' | 'node24', keyof typeof clients];
  return {
    node: join(modules, node, 'bin/node'),
    runtimeClient: join(modules, clients[client]),
    runtime: node === 'node22' ? 'nodejs22.x' : 'nodejs24.x',
  };
}
