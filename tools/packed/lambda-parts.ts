import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../repo/workspace.ts';

const modules = join(root, 'node_modules');

/** The parts for running a project's function as Lambda does, as variables: too large to install in each project. */
export function lambdaParts(): { readonly LAMBDA_NODES: string; readonly LAMBDA_RUNTIME_CLIENT: string } {
  const nodes = ['node22', 'node24'].map((name) => join(modules, name, 'bin/node')).filter((file) => existsSync(file));
  return {
    // npm has them for Linux only.
    LAMBDA_NODES: (nodes.length > 0 ? nodes : [process.execPath]).join(delimiter),
    LAMBDA_RUNTIME_CLIENT: join(modules, 'aws-lambda-ric/index.mjs'),
  };
}
