// What scripts tell people when something went wrong; told() returns the content for an element.

// Return the words for an answer with this status. Who was signed in reads how to be so again: what the service says of a
// missing key is for programs. The link opens a tab of its own, because files that were chosen would be lost with this one.
export function told(status, text) {
  const { login } = document.body.dataset; // only where there is a session
  if (status !== 401 || !login) return [text];
  const here = location.pathname.slice(login.length - "/login".length) + location.search;
  const link = Object.assign(document.createElement("a"), { target: "_blank", textContent: "Sign in in a new tab" });
  link.href = `${login}?${new URLSearchParams({ next: here })}`;
  return ["Your session has ended. ", link, ", then try again."];
}

// Return the words for a picture of a media type that the browser cannot decode, such as image/tiff.
export function notShown(type) {
  return `This browser cannot show ${type.replace(/^.*\/(x-)?/, "").toUpperCase()}.`;
}
