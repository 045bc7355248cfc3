import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { duration } from '../terminal/duration.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import type { ContenderMessage } from './contender-process.ts';
import { type Contender, type ContenderStory, contenders, parameters } from './story-data.ts';

/** Simulates all contenders, as many at once as the machine has cores, and shows the progress on standard error. */
export async function simulateContenders(): Promise<ContenderStory[]> {
  const { watchedHours } = parameters;
  const total = contenders.length * watchedHours;
  const hoursOf = new Map<Contender, number>();
  const progress = new ProgressLine({
    total,
    text: (hours) => `${hours} of ${total} hours of virtual time`,
    everyMs: 10_000,
  });
  const passed = (contender: Contender, hours: number): void => {
    hoursOf.set(contender, hours);
    progress.at([...hoursOf.values()].reduce((sum, each) => sum + each, 0));
  };
  console.error(
    `${contenders.length} ways to consume a stream, ${watchedHours} h of virtual time each: a minute or two`,
  );
  const stories: ContenderStory[] = [];
  const waiting = contenders.entries();
  const work = async (): Promise<void> => {
    for (const [index, contender] of waiting) {
      const began = performance.now();
      stories[index] = await simulate(contender, (hours) => passed(contender, hours));
      // A run ends early once everything has left the stream.
      passed(contender, watchedHours);
      progress.above(() => console.error(`${contender.name}: done in ${duration(performance.now() - began)}`));
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), contenders.length) }, work));
  progress.end();
  return stories;
}

async function simulate({ key, name }: Contender, passed: (hours: number) => void): Promise<ContenderStory> {
  const child = fork(join(import.meta.dirname, 'contender-process.ts'), [key], { serialization: 'advanced' });
  let story: ContenderStory | undefined;
  child.on('message', (message: ContenderMessage) => {
    if ('hours' in message) passed(message.hours);
    else story = message.story;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!story) throw new Error(`${name}: expected its story, but its process ended with code ${code}`);
  return story;
}
