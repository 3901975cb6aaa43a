/** `0.2 GB`, `2.7 GB`. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** `192 MB`, `2.7 GB`. */
export const sizeText = (bytes: number): string =>
  bytes >= 1e9 ? gigabytes(bytes) : `${Math.ceil(bytes / 1e6)} MB`;
