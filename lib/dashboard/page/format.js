const locale = 'en-GB';
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });
const countFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

/** What stands where there is no number. */
export const none = '–';

/** What the curves and the slider go over. */
export const axes = {
  step: { name: 'Steps' },
  images: { name: 'Images' },
  seconds: { name: 'Time' },
};

/** `7,496` */
export const asCount = (value) => (isNumber(value) ? countFormat.format(value) : none);

/** `1.2k`, `3M` */
export const asCompact = (value) => compactFormat.format(value).replace('K', 'k').replace('-', '−');

/** A figure with about four digits that count: `0.5618`, `12.35`, `2.1e-5`. */
export function asFigure(value) {
  if (!isNumber(value)) return none;
  const size = Math.abs(value);
  if (size >= 1000) return countFormat.format(value);
  if (size === 0 || size >= 1e-3) return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
  return value.toExponential(1);
}

/** `42 s`, `3 min 05 s`, `2 h 14 min`, `3 d 4 h` */
export function asDuration(seconds) {
  if (!isNumber(seconds)) return none;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${padded(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** `12:05`, `2:14:00` */
export function asClock(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = padded(whole % 60);
  return hours > 0 ? `${hours}:${padded(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** `12.6 MB` */
export function asBytes(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`;
}

/** A position in words: `step 5,300`, `339,200 images`, `12:05 of training`. */
export function asPosition(axis, at) {
  if (axis === 'seconds') return `${asClock(at)} of training`;
  return axis === 'step' ? `step ${asCount(at)}` : `${asCount(at)} images`;
}

/** What stands beside an axis. */
export const asTick = (axis, value) => (axis === 'seconds' ? asClock(value) : asCompact(value));

/** The epoch that a step is in, from 1 on; null where that is not known. */
export const epochAt = (step, stepsPerEpoch) => (stepsPerEpoch ? Math.ceil(step / stepsPerEpoch) : null);

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const padded = (value) => String(value).padStart(2, '0');
