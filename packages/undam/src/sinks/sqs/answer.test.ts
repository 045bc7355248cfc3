import { describe, expect, test } from '@jest/globals';
import { readFailedCall, readResults } from './answer.ts';

const transient = { SenderFault: false, Code: 'InternalError' };

describe('readResults', () => {
  test.each<[string, unknown, string[]]>([
    ['all successful', { Successful: [{ Id: '0' }, { Id: '1' }] }, ['accepted', 'accepted']],
    [
      'one failed at the service',
      { Successful: [{ Id: '1' }], Failed: [{ Id: '0', ...transient }] },
      ['again', 'accepted'],
    ],
    [
      'one refused',
      { Successful: [{ Id: '0' }], Failed: [{ Id: '1', SenderFault: true, Code: 'InvalidMessageContents' }] },
      ['accepted', 'smaller'],
    ],
    [
      'throttled, with either fault',
      {
        Successful: [{ Id: '0' }],
        Failed: [{ Id: '1', SenderFault: true, Code: 'AWS.SimpleQueueService.RequestThrottled' }],
      },
      ['accepted', 'again'],
    ],
    ['one in neither list', { Successful: [{ Id: '0' }] }, ['accepted', 'again']],
    [
      'one in both lists',
      { Successful: [{ Id: '0' }, { Id: '1' }], Failed: [{ Id: '1', ...transient }] },
      ['accepted', 'again'],
    ],
    ['an id that was not sent', { Successful: [{ Id: '0' }, { Id: '1' }, { Id: '2' }] }, ['again', 'again']],
    [
      'a failed id that was not sent',
      { Successful: [{ Id: '0' }, { Id: '1' }], Failed: [{ Id: '2', ...transient }] },
      ['again', 'again'],
    ],
    ['an entry without id', { Successful: [{ Id: '0' }, { Id: '1' }, {}] }, ['again', 'again']],
    ['a failed entry that says nothing', { Successful: [{ Id: '0' }], Failed: [{ Id: '1' }] }, ['accepted', 'again']],
    ['an empty object', {}, ['again', 'again']],
    ['nothing', undefined, ['again', 'again']],
    ['null', null, ['again', 'again']],
    ['lists that are none', { Successful: 'all', Failed: 0 }, ['again', 'again']],
    ['lists with nothing in them', { Successful: [null], Failed: [null] }, ['again', 'again']],
  ])('%s', (_title, answer, next) => {
    expect([...readResults(['0', '1'], answer)].map(([id, result]) => [id, result.next])).toEqual([
      ['0', next[0]],
      ['1', next[1]],
    ]);
  });

  test('the code of SQS is kept, and its words, which may quote the body, are not', () => {
    const Failed = [{ Id: '0', SenderFault: true, Code: 'InvalidMessageContents', Message: 'bad body: secret' }];
    expect(readResults(['0'], { Failed }).get('0')).toMatchObject({
      error: { code: 'sink-refused', message: 'undam: SQS refused the message: InvalidMessageContents' },
    });
  });
});

describe('readFailedCall', () => {
  const aws = (name: string, httpStatusCode: number, more = {}) =>
    Object.assign(new Error('words: secret'), { name, $metadata: { httpStatusCode, requestId: 'r-1', ...more } });
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('trap');
      },
    },
  );

  test.each<[string, unknown, string]>([
    ['throttled', aws('RequestThrottled', 400), 'again'],
    ['throttled under its old name', aws('AWS.SimpleQueueService.RequestThrottled', 403), 'again'],
    ['too many requests', aws('Whatever', 429), 'again'],
    ['unavailable', aws('ServiceUnavailable', 503), 'again'],
    ['an unknown fault of the service', aws('Whatever', 500), 'again'],
    ['an expired request', aws('RequestExpired', 400), 'again'],
    ['a clock that the SDK has set right', aws('SignatureDoesNotMatch', 403, { clockSkewCorrected: true }), 'again'],
    ['a reset', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'again'],
    ['a time-out', Object.assign(new Error('late'), { name: 'TimeoutError', code: 'ETIMEDOUT' }), 'again'],
    ['a wrong checksum', new Error('Invalid MD5 checksum on messages: 1'), 'again'],
    ['a string', 'boom', 'again'],
    ['nothing', undefined, 'again'],
    ['something that throws when looked at', hostile, 'again'],
    ['no such queue', aws('QueueDoesNotExist', 400), 'refused'],
    ['no right', aws('AccessDenied', 403), 'refused'],
    ['an unknown key', aws('InvalidClientTokenId', 403), 'refused'],
    ['a disabled KMS key', aws('KmsDisabled', 400), 'refused'],
    ['an unknown fault of ours', aws('Whatever', 400), 'refused'],
    ['no credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'refused'],
    ['a batch that is too long', aws('BatchRequestTooLong', 400), 'halves'],
    ['a body that is too long for the front door', aws('Whatever', 413), 'halves'],
    ['a refused content', aws('InvalidMessageContents', 400), 'halves'],
  ])('%s', (_title, error, next) => {
    const nexts = (ids: string[]) => [...readFailedCall(ids, error).values()].map((result) => result.next);
    expect(nexts(['0', '1'])).toEqual([next, next]);
    expect(nexts(['0'])).toEqual([next === 'halves' ? 'smaller' : next]);
  });

  test('code, status and request id of AWS are kept', () => {
    const result = readFailedCall(['0'], aws('ServiceUnavailable', 503)).get('0');
    expect(result).toMatchObject({
      error: {
        code: 'sink-refused',
        message: 'undam: SQS could not be called: ServiceUnavailable',
        cause: { name: 'ServiceUnavailable', message: 'status 503, request r-1' },
      },
    });
  });

  test.each([
    ['AccessDenied', 'AccessDenied: words: secret'],
    ['ValidationException', 'ValidationException'],
  ])('the words of %s are kept only where they cannot quote a payload', (code, words) => {
    const result = readFailedCall(['0'], aws(code, 400)).get('0');
    expect(result).toMatchObject({ error: { message: `undam: SQS could not be called: ${words}` } });
  });
});
