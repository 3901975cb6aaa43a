import { type AddHelpTextContext, type Command, Help } from 'commander';

/** A command as it is typed, and what comes of it. */
export type Example = readonly [command: string, says?: string];

const indent = 2;
const gap = 2;
/** Beside an option its description has so many columns, or it stands below. */
const leastText = 24;
/** Before what belongs to the line above. */
const below = ' '.repeat(6);

/** Columns for the help: those of the terminal, without one those of `COLUMNS`, else 80. */
function helpWidth(stream: { readonly columns?: number }): number {
  const told = Number(process.env.COLUMNS);
  return stream.columns || (Number.isSafeInteger(told) && told > 0 ? told : 80);
}

/** Lays out the help of a program and its commands for the width there is. Before the commands are added. */
export function layOutHelp(program: Command): void {
  program
    .configureOutput({
      getOutHelpWidth: () => helpWidth(process.stdout),
      getErrHelpWidth: () => helpWidth(process.stderr),
    })
    .configureHelp({
      minWidthToWrap: leastText,
      // That each command has options needs no saying.
      subcommandTerm: (command) => new Help().subcommandTerm(command).replace(' [options]', ''),
      formatItem(term, termWidth, description, helper) {
        const width = helper.helpWidth ?? 80;
        if (width - indent - termWidth - gap >= leastText) {
          return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
        }
        return `${' '.repeat(indent)}${term}\n${wrapped(description, width, below)}`;
      },
    });
}

/** For `addHelpText('after', …)`: examples, and a paragraph after them. */
export function examplesText(
  examples: readonly Example[],
  paragraph = '',
): (context: AddHelpTextContext) => string {
  return ({ error }) => {
    const width = helpWidth(error ? process.stderr : process.stdout);
    const after = paragraph === '' ? '' : `\n\n${wrapped(paragraph, width)}`;
    return `\nExamples:\n${exampleLines(examples, width).join('\n')}${after}`;
  };
}

/** What comes of a command stands beside it, where there is room for all of them, else below. */
function exampleLines(examples: readonly Example[], width: number): string[] {
  const told = examples.filter(([, says]) => says !== undefined);
  const column = Math.max(0, ...told.map(([command]) => command.length)) + gap;
  const isRoomy = told.every(([, says]) => `  $ `.length + column + says!.length <= width);
  return examples.flatMap(([command, says]) => {
    if (says !== undefined && isRoomy) return [`  $ ${command.padEnd(column)}${says}`];
    return [...commandLines(command, width), ...(says === undefined ? [] : [wrapped(says, width, below)])];
  });
}

/** A command on as many lines as it needs, which a shell takes as one. */
function commandLines(command: string, width: number): string[] {
  const lines = [''];
  // An option keeps its value, a pipe its program; what is quoted is one word.
  for (const part of command.match(/(?:--\S+ (?![-|>])|[|>] )?(?:'[^']*'|[^\s'])+/g) ?? []) {
    const line = lines.at(-1)!;
    const longer = line === '' ? `  $ ${part}` : `${line} ${part}`;
    if (line === '' || `${longer} \\`.length <= width) lines[lines.length - 1] = longer;
    else lines.push(`${below}${part}`);
  }
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} \\` : line));
}

function wrapped(text: string, width: number, before = ''): string {
  const help = Object.assign(new Help(), { minWidthToWrap: leastText });
  const lines = help.boxWrap(text, Math.max(leastText, width - before.length)).split('\n');
  return lines.map((line) => before + line).join('\n');
}
