import type { OpenFile } from './disk.ts';

/** Closes the file behind what is done with it, however that ends. */
export function closing<T>(file: OpenFile, act: (file: OpenFile) => T): T {
  try {
    return act(file);
  } finally {
    file.close();
  }
}
