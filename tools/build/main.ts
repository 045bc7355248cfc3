import { buildPackages } from './build-packages.ts';

try {
  await buildPackages((line) => console.log(`build: ${line}`));
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
