/** What an export writes into its directory, by format. */
export const exportFiles = {
  keras: ['generator_model.h5', 'discriminator_model.h5'],
  onnx: ['generator.onnx', 'discriminator.onnx'],
  safetensors: ['weights.safetensors'],
  generator: ['generator.safetensors'],
} as const;

export type ExportFormat = keyof typeof exportFiles;

export const exportFormats = Object.keys(exportFiles) as ExportFormat[];
