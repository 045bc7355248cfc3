import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type BundleName, bundleOf } from '../bundles/bundles.ts';
import { invoke, poison } from '../bundles/invoke.ts';
import { openQuarantineQueue } from '../bundles/quarantine-queue.ts';
import { root } from '../repo/workspace.ts';

const names: readonly BundleName[] = [
  'esm, with the banner',
  'esm, with the banner, split',
  'cjs',
  'esm, without the SDK',
];

/** Bundles a handler with a project's installed packages, runs the check and quarantines a record; resolves to a summary. */
export async function bundleInProject(project: string): Promise<string> {
  const source = join(project, 'bundled/handler.ts');
  await mkdir(join(project, 'bundled'));
  await cp(join(root, 'tools/bundles/function/handler.ts'), source);
  const queue = await openQuarantineQueue();
  try {
    for (const [n, name] of names.entries()) {
      const { entry } = await bundleOf(name, source, join(project, `bundled/${n}`));
      const answers = await invoke(entry, [{ undam: 'check', permissions: true }, poison], {
        QUARANTINE_URL: queue.url,
      });
      const expected = [{ ok: true, problems: [] }, { batchItemFailures: [] }];
      const sent = await queue.take();
      if (isDeepStrictEqual(answers, expected) && sent.length === 1) continue;
      throw new Error(`undam, bundled as ${name}: ${JSON.stringify(answers)}, and ${sent.length} messages were sent`);
    }
  } finally {
    await queue.close();
  }
  return `bundled as ${names.join('; ')}: checked, and a bad record is quarantined`;
}
