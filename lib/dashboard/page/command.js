/** A command for a shell, with quotes where a word needs them. */
function commandOf(words) {
  return words.map((word) => quoted(String(word))).join(' ');
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that draws images of a run or a checkpoint. */
export function generateCommand(source, options) {
  const flags = Object.entries({ ...options, out: 'image.png' }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  return commandOf(['npx', 'dcgan-native', 'generate', source, ...flags]);
}

/** A path below the directory of a run, written as that is. */
export function pathIn(directory, file) {
  const separator = directory.includes('\\') && !directory.includes('/') ? '\\' : '/';
  return [directory, ...file.split('/')].join(separator);
}
