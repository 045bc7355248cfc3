import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** No custom condition, so that only the built files are seen. */
const compilerOptions = {
  target: 'es2024',
  lib: ['es2024'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitReturns: true,
  verbatimModuleSyntax: true,
  noEmit: true,
};

/** The last option is apart from the first because the declarations that Middy 7 imports do not hold under both. */
const settings = [
  { ...compilerOptions, skipLibCheck: false },
  { ...compilerOptions, skipLibCheck: true, exactOptionalPropertyTypes: true },
];

/** The first TypeScript block of a Markdown text. */
export function quickStart(markdown: string): string {
  const block = /^```ts[^\n]*\n(.*?)^```/ms.exec(markdown)?.[1];
  if (block === undefined) throw new Error('README.md has no ```ts block: its quick start is what this checks');
  return block;
}

/** Writes the code as `handler.ts` in a project and type-checks it with that project's own compiler. */
export async function typeCheckQuickStart(project: string, code: string): Promise<void> {
  await writeFile(join(project, 'handler.ts'), code);
  for (const options of settings) {
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['handler.ts'] }),
    );
    await runCommand(join(project, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project });
  }
}
