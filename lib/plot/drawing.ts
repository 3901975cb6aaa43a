/** What is used of D3, whose parts are ES modules only: loaded for who draws, and for nobody else. */
export async function loadDrawing() {
  const { scaleLinear, scaleLog, scaleSymlog } = await import('d3-scale');
  const shape = await import('d3-shape');
  const marks = [
    shape.symbolCircle,
    shape.symbolSquare,
    shape.symbolTriangle,
    shape.symbolDiamond,
    shape.symbolCross,
    shape.symbolWye,
  ];
  return { scaleLinear, scaleLog, scaleSymlog, line: shape.line, symbol: shape.symbol, marks };
}

export type Drawing = Awaited<ReturnType<typeof loadDrawing>>;
