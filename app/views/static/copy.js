// Copy buttons: each names the element whose text it copies, and says "Copied".
export function enable(buttons) {
  for (const button of buttons) enableOne(button, button.textContent);
}

function enableOne(button, label) {
  let timer = 0;
  button.addEventListener("click", async () => {
    button.textContent = await copy(document.getElementById(button.dataset.copy));
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// Copy the text of an element, and return what to say of it.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(element); // no permission, or no https: ready for the keyboard
    return "Selected: press Ctrl+C";
  }
}
