/** Keeps what the tests of a `describe` write to stderr, anew for each of them, and prints nothing of it. */
export function stderrKept(): { text: string } {
  const kept = { text: '' };
  beforeEach(() => {
    kept.text = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      kept.text += text;
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  return kept;
}
