import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * What `npm pack` would put, or has put, into the tarball. Nothing is built: what lies there is packed.
 * @param {string} root
 * @param {string | null} directory where to write the tarball; null to write none
 * @returns {{ path: string, bytes: number, files: string[] }} the tarball, its size, and the files in it
 */
export function pack(root, directory = null) {
  const target = directory === null ? ['--dry-run'] : ['--pack-destination', directory];
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...target], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = Object.values(JSON.parse(said));
  const files = packed.files.map((file) => file.path).sort();
  return { path: join(directory ?? root, packed.filename), bytes: packed.size, files };
}
