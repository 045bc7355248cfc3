import { type BuildResult, build } from 'esbuild';
import { root } from '../repo/workspace.ts';

export type Format = 'esm' | 'cjs';

/** A handler's entry in one minified file, as deployed; the AWS SDK stays outside, because Lambda has it. */
export async function minified(code: string, format: Format = 'esm'): Promise<string> {
  const { outputFiles }: BuildResult<{ write: false }> = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format,
    // Our own condition selects the sources.
    conditions: ['undam-source'],
    external: ['@aws-sdk/*'],
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild has written nothing');
  return file.text;
}
