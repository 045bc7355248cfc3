import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import { privateCondition } from './published-manifest.ts';

/** Runs in the project: imports the root and notes every resolved module, then loads each entry in both ways, and the handler. */
const probe = `
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';

const resolved = [];
registerHooks({
  resolve(specifier, context, next) {
    const answer = next(specifier, context);
    resolved.push(answer.url);
    return answer;
  },
});
await import('undam');
const rootGraph = [...resolved];
const { exports } = JSON.parse(readFileSync('node_modules/undam/package.json', 'utf8'));
const require = createRequire(import.meta.url);
for (const entry of Object.keys(exports)) {
  const imported = Object.keys(await import('undam' + entry.slice(1)));
  const required = Object.keys(require('undam' + entry.slice(1)));
  if (String(imported.sort()) !== String(required.sort())) throw new Error(entry + ': require answers ' + required);
}
const { handler } = await import('./handler.ts');
console.log(JSON.stringify({ rootGraph, entries: Object.keys(exports).length, handler: typeof handler }));
`;

/**
 * Imports and requires the installed package in Node with Lambda's flags. Fails if its root reaches beyond its own files and
 * Node's built-ins.
 */
export async function importAlone(project: string): Promise<string> {
  await writeFile(join(project, 'probe.mjs'), probe);
  const env = { PATH: process.env.PATH, QUARANTINE_URL: 'http://127.0.0.1/quarantine' };
  // `npm run dev` gives Node this condition, which also reaches the packages that the handler imports.
  const args = [`--conditions=${privateCondition}`, '--no-experimental-require-module', 'probe.mjs'];
  const answer = await runCommand(process.execPath, args, { cwd: project, env });
  const { rootGraph, entries, handler } = JSON.parse(answer) as {
    rootGraph: string[];
    entries: number;
    handler: string;
  };
  const foreign = rootGraph.filter((url) => !url.startsWith('node:') && !url.includes('/node_modules/undam/dist/'));
  if (foreign.length > 0) throw new Error(`undam: the root imports ${foreign.join(', ')}`);
  if (handler !== 'function') throw new Error(`undam: the quick start exports handler as ${handler}`);
  const own = rootGraph.filter((url) => !url.startsWith('node:')).length;
  return `${entries} entries import, and can be required, in Node ${process.versions.node}; the root is ${own} files of its own, nothing else`;
}
