import { packageCache } from '../../lib/files/cache.js';

describe('the cache directory', () => {
  test('is in XDG_CACHE_HOME', () => {
    expect(packageCache({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/dcgan-native');
  });

  test('is in ~/.cache when XDG_CACHE_HOME is relative', () => {
    const env = { HOME: '/home/ada', XDG_CACHE_HOME: 'caches' };
    expect(packageCache(env)).toBe('/home/ada/.cache/dcgan-native');
  });
});
