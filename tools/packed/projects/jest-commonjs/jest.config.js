module.exports = { setupFilesAfterEnv: ['@undam/simulator/jest'], testTimeout: 60_000 };
