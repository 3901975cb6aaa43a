/** A table of Markdown: the first columns hold words, the others numbers. */
export function markdown({ words, head, rows }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, column) => (column < words ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}

/**
 * A text with what stands between `<!-- KIND: NAME -->` and `<!-- /KIND -->` written anew.
 * @param sections by name, what gives the text of one from the results
 * @throws Error for a section of another name
 */
export function filled(text, { kind, file, sections, results }) {
  const section = new RegExp(`(<!-- ${kind}: (\\w+) -->\n)[\\s\\S]*?(<!-- /${kind} -->)`, 'g');
  return text.replaceAll(section, (_, begin, name, end) => {
    if (!(name in sections))
      throw new Error(`${file} has a section '${name}', which its script does not know.`);
    return `${begin}\n${sections[name](results)}\n\n${end}`;
  });
}
