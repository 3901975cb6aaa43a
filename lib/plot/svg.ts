export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    // What XML cannot hold at all, but a file name can.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
    .replaceAll(/[\x00-\x1f\ufffe\uffff]/g, '�');

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Attributes as they stand in a tag: numbers to a hundredth of a pixel, and what is undefined left out. */
export function attributes(values: Attributes): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      return ` ${name}="${typeof value === 'number' ? Number(value.toFixed(2)) : escaped(String(value))}"`;
    })
    .join('');
}

/** An element, with what is in it. */
export function element(tag: string, values: Attributes, content: readonly string[] = []): string {
  const begin = `<${tag}${attributes(values)}`;
  return content.length === 0 ? `${begin}/>` : `${begin}>\n${content.join('\n')}\n</${tag}>`;
}
