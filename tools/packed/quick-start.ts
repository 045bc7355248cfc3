import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';

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
  const [block] = snippets(markdown);
  if (block === undefined) throw new Error('README.md has no ```ts block: its quick start is what this checks');
  return block;
}

/** Every TypeScript block of a Markdown text, in its order. */
export function snippets(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts[^\n]*\n(.*?)^```/gms)].map(([, block = '']) => block);
}

/** Writes the quick start as `handler.ts` in a project, other snippets beside it, and type-checks them with that project's own compiler. */
export async function typeCheckSnippets(project: string, code: string, others: readonly string[]): Promise<void> {
  const files = new Map([['handler.ts', code], ...others.map((other, n) => [`snippet-${n + 1}.ts`, other] as const)]);
  for (const [file, text] of files) await writeFile(join(project, file), text);
  for (const options of settings) {
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: [...files.keys()] }),
    );
    await runCommand(join(project, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project });
  }
}
