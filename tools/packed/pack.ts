import { mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackages } from '../build/build-packages.ts';
import { checkTarball, pack } from './tarball.ts';

try {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined) throw new Error('expected npm run pack -- --out DIR, the folder for the tarballs');
  const destination = resolve(values.out);
  await mkdir(destination, { recursive: true });
  for (const one of await buildPackages((line) => console.log(`pack: ${line}`))) {
    const tarball = await pack(one, destination);
    console.log(`pack: ${relative('', tarball.file)}: ${await checkTarball(one, tarball)}`);
  }
} catch (error) {
  console.error(`pack: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
