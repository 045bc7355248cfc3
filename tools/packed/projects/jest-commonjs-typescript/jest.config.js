module.exports = { preset: 'ts-jest', testTimeout: 60_000 };
