// What scripts tell people when something went wrong.

// Return the words for a picture of a media type that the browser cannot decode, such as image/tiff.
export function notShown(type) {
  return `This browser cannot show ${type.replace(/^.*\/(x-)?/, "").toUpperCase()}.`;
}
