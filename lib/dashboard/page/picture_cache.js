/** Decoded, some of these are a few hundred kilobytes each. */
const most = 120;
const pictures = new Map();

/** A picture, decoded, so that it can be drawn at once; those used last are kept. */
export function loadPicture(url) {
  const found = pictures.get(url) ?? decoded(url);
  pictures.delete(url);
  pictures.set(url, found);
  if (pictures.size > most) pictures.delete(pictures.keys().next().value);
  return found;
}

function decoded(url) {
  const image = Object.assign(new Image(), { src: url });
  return image.decode().then(
    () => image,
    () => {
      pictures.delete(url);
      throw new Error('The picture cannot be loaded.');
    },
  );
}
