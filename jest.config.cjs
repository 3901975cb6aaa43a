module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': ['ts-jest', { tsconfig: 'test/tsconfig.json' }] },
  // The sources name their imports as they are after compilation.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Every jest worker would start its own team of OpenMP threads.
  maxWorkers: 1,
  testTimeout: 120_000,
};
