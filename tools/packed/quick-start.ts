import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snippets } from '../docs/code-blocks.ts';
import { runCommand } from '../repo/run-command.ts';

/** Without a custom condition, so that the compiler sees only the built files. */
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

/** The last option is separate, because the declarations that Middy 7 imports do not compile under both. */
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

/**
 * Writes the quick start as `handler.ts` into a project, with other snippets beside it, and type-checks them with the
 * project's own compiler.
 */
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
