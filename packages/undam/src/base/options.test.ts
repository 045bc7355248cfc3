import { expect, test } from '@jest/globals';
import { checkOptions, integer, oneOf, required } from './options.ts';

const rules = { attempts: required(integer(1, 1_000)), retry: oneOf('redelivery') };

test('options within their rules pass', () => {
  expect(() => checkOptions('quarantine()', { attempts: 3, retry: undefined }, rules)).not.toThrow();
});

test.each([
  [{ attemps: 3 }, 'quarantine(): unknown option "attemps"; expected attempts, retry'],
  [{ attempts: '3' }, 'quarantine(): attempts: expected a whole number from 1 to 1,000, got "3"'],
  [{}, 'quarantine(): attempts: expected a whole number from 1 to 1,000, got undefined'],
  [{ attempts: 3, retry: 'never' }, 'quarantine(): retry: expected "redelivery", got "never"'],
  [null, 'quarantine(): expected an object of options, got null'],
])('%j fails with the expected value and the given one', (options, message) => {
  expect(() => checkOptions('quarantine()', options, rules)).toThrow(
    expect.objectContaining({ code: 'bad-option', message: `undam: ${message}` }),
  );
});
