// Copy buttons: each names the element whose text it copies, and says "Copied".
export function enable(buttons) {
  for (const button of buttons) button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const element = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(element.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(element); // no permission, or no https: ready for the keyboard
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}
