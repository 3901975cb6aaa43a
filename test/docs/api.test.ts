import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import ts = require('typescript');

const entry = resolve('lib/index.ts');
const examples = resolve('test/docs/examples-of-the-api.ts');

/** What the examples may take as given. */
const prelude = `
import { createServer } from 'node:http';
import { createDashboard, DcganError, evaluateImages, filmImages, filmRun, GanTrainer, Generator, idx, images, mnist, openRun, openRuns, pictures, plotRuns, readDirections, readLatents, writeDirections, writeLatents } from '../../lib/index.js';
declare const trainer: GanTrainer;
declare const generator: Generator;
`;

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(resolve('tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  resolve('.'),
);

/** A program of one file, whose text may be given. */
function programOf(file: string, text?: string): ts.Program {
  const settings = { ...options, rootDir: undefined, noEmit: true };
  const host = ts.createCompilerHost(settings, true);
  const { getSourceFile, fileExists } = host;
  if (text !== undefined) {
    host.fileExists = (name) => name === file || fileExists(name);
    host.getSourceFile = (name, version, ...rest) =>
      name === file ? ts.createSourceFile(name, text, version, true) : getSourceFile(name, version, ...rest);
  }
  return ts.createProgram([file], settings, host);
}

const program = programOf(entry);
const checker = program.getTypeChecker();
const original = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const moduleSymbol = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
const exported = checker.getExportsOfModule(moduleSymbol).map(original);
const declarations = exported.flatMap((symbol) => symbol.declarations ?? []);

const isPrivate = (node: ts.Node): boolean =>
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));

/** Methods that come with being a promise, iterable or disposable, which need no explanation. */
const isOfProtocol = ({ name }: ts.ClassElement): boolean =>
  name !== undefined && (ts.isComputedPropertyName(name) || /^(then|catch|finally)$/.test(name.getText()));

const isMethod = (node: ts.ClassElement): boolean =>
  ts.isMethodDeclaration(node) || (ts.isConstructorDeclaration(node) && node.parameters.length > 0);

/** What stands below overloads has no words of its own: nobody sees its signature. */
const isBelowOverloads = (method: ts.ClassElement, all: readonly ts.ClassElement[]): boolean =>
  ts.isMethodDeclaration(method) &&
  method.body !== undefined &&
  all.some((other) => other !== method && other.name?.getText() === method.name.getText());

/** Every public class, method and function, with the name it has for people. */
const callable = declarations.flatMap((node): (readonly [string, ts.Node])[] => {
  if (ts.isFunctionDeclaration(node)) return [[node.name!.text, node]];
  if (!ts.isClassDeclaration(node)) return [];
  const name = node.name!.text;
  const methods = node.members.filter(
    (member) => isMethod(member) && !isPrivate(member) && !isBelowOverloads(member, node.members),
  );
  const own = name === 'GanTrainer' || name === 'Generator' ? methods : [];
  return [
    [name, node],
    ...own
      .filter((method) => !isOfProtocol(method))
      .map((method) => [`${name}.${method.name?.getText() ?? 'constructor'}`, method] as const),
  ];
});

const examplesOf = (node: ts.Node): string[] =>
  ts
    .getJSDocTags(node)
    .filter(({ tagName }) => tagName.text === 'example')
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');

it.each(callable)('%s has an example', (_, node) => {
  expect(examplesOf(node).join('').trim()).not.toBe('');
});

const throwing = callable.filter(([name]) => name.includes('.') && !name.endsWith('.dispose'));
it.each(throwing)('%s says which errors it throws', (_, node) => {
  const thrown = ts.getJSDocTags(node).filter(({ tagName }) => tagName.text === 'throws');
  expect(thrown.map(({ comment }) => ts.getTextOfJSDocComment(comment)).join()).toMatch(/\bERR_[A-Z]/);
});

/** What the compiler has against a file with this text, each with the line that it is about. */
function problemsOf(file: string, text: string): (readonly [string, string])[] {
  const checked = programOf(file, text);
  const source = checked.getSourceFile(file)!;
  return ts.getPreEmitDiagnostics(checked, source).map(({ start, messageText }) => {
    const before = source.text.slice(0, start).split('\n');
    return [before.at(-1)!, ts.flattenDiagnosticMessageText(messageText, ' ')];
  });
}

it('every example compiles', () => {
  const blocks = callable.flatMap(([name, node]) =>
    examplesOf(node).map((example) => `// ${name}\nasync () => {\n${example}\n};\n`),
  );
  expect(problemsOf(examples, prelude + blocks.join(''))).toEqual([]);
});

const programs = ['README.md', 'docs/dashboard.md', 'docs/deployment.md'].flatMap((text) =>
  Array.from(readFileSync(text, 'utf8').matchAll(/^```[jt]s\n(.*?)^```$/gms), ([, program], i) => {
    return [text, i + 1, program!.replaceAll("'dcgan-native'", "'../../lib/index.js'")] as const;
  }),
);
it.each(programs)('of the programs in %s number %i compiles', (_, __, program) => {
  expect(problemsOf(resolve('test/docs/program.mts'), program)).toEqual([]);
});

it('every type in a public signature is public itself', () => {
  const known = new Set(exported);
  const hidden = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (isPrivate(node) || ts.isBlock(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const symbol = original(checker.getSymbolAtLocation(name)!);
      const isOurs = symbol.declarations?.some(
        (declared) =>
          !ts.isTypeParameterDeclaration(declared) &&
          !declared.getSourceFile().fileName.includes('node_modules'),
      );
      if (isOurs && !known.has(symbol)) hidden.add(symbol.name);
    }
    ts.forEachChild(node, visit);
  };
  for (const node of declarations) visit(node);
  expect([...hidden]).toEqual([]);
});
