module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': ['ts-jest', { tsconfig: 'test/tsconfig.json' }] },
  // Every jest worker would start its own team of OpenMP threads.
  maxWorkers: 1,
  testTimeout: 120_000,
};
