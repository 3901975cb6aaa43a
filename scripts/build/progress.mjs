/** How far ninja (`[12/40] …`) and make (`[ 30%] …`) are. Before that ninja counts what CMake has it look at. */
const position = /^\[\s*(?:(\d+)\/(\d+)|(\d+)%)\] (?:Building|Linking)/;

/** Lines that tell of a build where the line cannot be written anew. */
const parts = 4;

/**
 * Shows how far a build is: on a terminal in one line, which is written anew, elsewhere in a line for each quarter.
 * @param {string} what is built, for people
 * @param {NodeJS.WritableStream & { isTTY?: boolean }} stream
 * @returns {{ read: (line: string) => void, end: () => void }} `read`: told each line of the build tool's output
 */
export function reportBuild(what, stream) {
  let last = '';
  let told = -1;
  const show = (text) => {
    if (text === last) return;
    last = text;
    stream.write(stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  const read = (line) => {
    const [found, done, all, percent] = position.exec(line) ?? [];
    if (found === undefined) return;
    const part = Math.floor(parts * (percent === undefined ? done / all : percent / 100));
    if (!stream.isTTY && part <= told) return;
    told = part;
    show(`${what}: ${percent === undefined ? `${done} of ${all}` : `${percent} %`}`);
  };
  const end = () => {
    if (stream.isTTY && last !== '') stream.write('\n');
  };
  return { read, end };
}
