import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

/** What a text links to or shows: `[…](target)`. */
const link = /\]\(([^)\s]+)\)/g;

/** The names that GitHub gives to the headings of a text, for links to them. */
function anchorsIn(text) {
  const headings = withoutCode(text).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A file of this repository, under the address that it has there. */
const inRepository = /^https:\/\/github\.com\/dcgan-native\/dcgan-native\/(?:blob|tree)\/main\/([^#]+)/;

const withoutCode = (text) => text.replace(/^```.*?^```$/gms, '');

/**
 * Links of published texts that lead to nothing, one sentence each. Relative ones must lead to what is published, since
 * whoever reads them in node_modules has nothing else; those to the repository, to a file of this clone.
 * @param {string} root
 * @param {readonly string[]} files all that is published
 */
export function linkProblems(root, files) {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const problemOf = (file, target) => {
    const [, ours] = inRepository.exec(target) ?? [];
    if (ours !== undefined) return existsSync(join(root, ours)) ? null : 'which is not in the repository';
    if (/^[a-z]+:/.test(target)) return null;
    const [path, anchor] = target.split('#');
    const meant = path === '' ? file : normalize(join(dirname(file), path));
    if (!files.includes(meant)) return 'which is not published';
    return anchor === undefined || anchorsIn(read(meant)).includes(anchor)
      ? null
      : 'a heading that is not there';
  };
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...withoutCode(read(file)).matchAll(link)]
        .map(([, target]) => [target, problemOf(file, target)])
        .filter(([, problem]) => problem !== null)
        .map(([target, problem]) => `${file} links to ${target}, ${problem}.`),
    );
}

/** `node scripts/release/links.mjs [PACKAGE]` looks at what would be packed of this package, or of the one in a directory. */
function main([directory = fileURLToPath(new URL('../..', import.meta.url))]) {
  const root = resolve(directory);
  const problems = linkProblems(root, pack(root).files);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
