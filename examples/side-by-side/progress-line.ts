import type { Progress } from './side.ts';

/** Shows how far each side is: one line written over on a terminal, otherwise a line now and then. */
export interface ProgressLine {
  show(side: string, progress: Progress): void;
  /** Ends the line. */
  end(): void;
}

/** The stream's writing end, and whether somebody looks at it. */
type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

export function progressLine(output: Output): ProgressLine {
  const everyMs = output.isTTY ? 100 : 3_000;
  const latest = new Map<string, Progress>();
  let shownAt = performance.now();
  const write = (): unknown => {
    const line = `  of the stream: ${[...latest].map(([side, progress]) => `${side} ${percent(progress)}`).join(', ')}`;
    return output.write(output.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
  return {
    show(side, progress) {
      latest.set(side, progress);
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      write();
    },
    end() {
      write();
      if (output.isTTY) output.write('\n');
    },
  };
}

function percent({ passed, records }: Progress): string {
  return `${records === 0 ? 0 : Math.floor((100 * passed) / records)} %`;
}
